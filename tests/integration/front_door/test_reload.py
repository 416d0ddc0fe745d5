"""The front door is reloaded and the APIs behind it are restarted while players report."""

import asyncio
import signal
import socket
from pathlib import Path

from httpx import codes

from embedded import token
from embedded.child import Child
from embedded.settings import HOST
from tests.analyst import Analyst
from tests.integration.front_door.doors import door
from tests.integration.front_door.upstreams import ACCEPTED, upstreams
from tests.players import Ledger, Players, more_accepted
from tests.stack import private_stack
from tests.waiting import until

FEW = 0.02  # of all answers; 2 of 1355 were seen with six restarts, and none with reloads


async def test_reloads_and_a_rolling_restart_lose_nothing(tmp_path: Path) -> None:
    """Who repeats what was not accepted, as players do, is served all the time."""
    ledger, stopped = Ledger(), asyncio.Event()
    async with private_stack(tmp_path, UGC_RATE_PER_USER="0", UGC_API_PROCESSES="2") as stack:
        await stack.start()
        settings, (nginx,) = stack.settings, stack.nginx
        players = Players(settings.front_url, lambda user: token.mint(settings, user), ledger)
        playing = asyncio.create_task(players.play(stopped))
        try:
            for _ in range(2):
                await reload(nginx)
                await more_accepted(ledger, 30)
            for api in stack.api * 2:
                await api.stop()
                await more_accepted(ledger, 30)
                await api.start()
                await api.ready()
                await more_accepted(ledger, 30)
        finally:
            stopped.set()
            await asyncio.wait_for(playing, timeout=30)
        await Analyst(settings).assert_agrees(ledger)
    answers = sum(ledger.answers.values())
    assert answers - ledger.answers[codes.ACCEPTED] <= FEW * answers, ledger.answers


async def test_a_stop_lets_a_request_finish(tmp_path: Path) -> None:
    async with upstreams([ACCEPTED]) as (one,), door(tmp_path, one.port) as it:
        one.answering.clear()
        post = asyncio.create_task(it.client.post("/api/v1/x", content=b"event"))
        await until(lambda: len(one.received) == 1)
        stop = asyncio.create_task(it.child.stop())
        await until(lambda: not takes_connections(it.client.base_url.port))
        one.answering.set()
        assert (await post).status_code == codes.ACCEPTED
        await stop
        assert it.child.exit_code == 0


def takes_connections(port: int | None) -> bool:
    with socket.socket() as client:
        return client.connect_ex((HOST, port or 0)) == 0


async def reload(nginx: Child) -> None:
    """Returns once the workers of before have gone."""
    before = workers(nginx.pid)
    nginx.send(signal.SIGHUP)
    await until(lambda: not before & workers(nginx.pid))


def workers(master: int | None) -> set[str]:
    return set(Path(f"/proc/{master}/task/{master}/children").read_text().split())
