"""Both clients through the front door of a real stack."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from clients.python.ugc_client import Event, ProgressClient
from embedded import token
from embedded.settings import ROOT, Settings
from tests.analyst import Analyst, moment
from tests.stack import RunningStack, private_stack
from tests.waiting import until

EVERY_S = 0.05
WRONG_BY_S = 600.0  # how wrong a device's clock is
PLAYER = Path(__file__).with_name("player.mjs")


@dataclass
class Played:
    """What a client says of its work: progress by event id, and the rest as the player prints."""

    user: UUID = field(default_factory=uuid4)
    film: UUID = field(default_factory=uuid4)
    reported: dict[str, float] = field(default_factory=dict)
    flushed: bool = False
    sent: int = 0
    accepted: int = 0
    dropped: list[str] = field(default_factory=list)
    position: dict[str, Any] = field(default_factory=dict)
    watched: list[dict[str, Any]] = field(default_factory=list)


@asynccontextmanager
async def playing_in_python(
    settings: Settings, wrong_by: float = 0, reads_back: bool = False
) -> AsyncIterator[Played]:
    """A client that reports every 50 ms while the context lasts; at its end all was sent."""
    played = Played()

    def on_dropped(event: Event, code: str) -> None:
        played.dropped.append(code)

    async with ProgressClient(
        settings.front_url,
        lambda: token.mint(settings, played.user),
        on_dropped=on_dropped,
        wall=lambda: time.time() + wrong_by,
    ) as client:

        async def play() -> None:
            client.report(uuid4(), 1, 2)  # another film
            while True:
                progress = len(played.reported)
                played.reported[client.report(played.film, progress, 5400)] = progress
                await asyncio.sleep(EVERY_S)

        task = asyncio.create_task(play())
        try:
            yield played
        finally:
            task.cancel()
        played.flushed = await client.flush(30)
        played.sent, played.accepted = client.sent, client.accepted

        if reads_back:
            await _read_back(client, played)


async def _read_back(client: ProgressClient, played: Played) -> None:
    """Both reads, until they have the last event: they are of tables that are written one after
    another."""
    last, progress = list(played.reported.items())[-1]

    async def is_there() -> bool:
        played.position = await client.position(played.film) or {}
        played.watched = [item async for item in client.continue_watching(1)]
        latest = played.position.get("latest", {})
        return bool(latest.get("event_id") == last and played.watched[0]["progress"] == progress)

    await until(is_there)


@asynccontextmanager
async def playing_in_node(
    settings: Settings, wrong_by: float = 0, reads_back: bool = False
) -> AsyncIterator[Played]:
    """The same in JavaScript, in a process of its own; filled in at the end."""
    played = Played()
    arguments = {
        "url": settings.front_url,
        "token": token.mint(settings, played.user),
        "film": str(played.film),
        "everyMs": EVERY_S * 1000,
        "wrongByMs": wrong_by * 1000,
        "readsBack": reads_back,
    }
    process = await asyncio.create_subprocess_exec(
        "node",
        str(PLAYER),
        json.dumps(arguments),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield played
        out, errors = await asyncio.wait_for(process.communicate(b""), timeout=45)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, errors.decode()
    for name, value in json.loads(out).items():
        setattr(played, name, value)


async def assert_stored_once(settings: Settings, played: Played) -> None:
    """Everything that was reported, nothing else, at the time it was."""
    assert played.flushed
    assert played.dropped == []
    assert played.accepted == len(played.reported) + 1
    analyst = Analyst(settings)

    async def stored() -> dict[str, float]:
        rows = await analyst.rows(
            "SELECT event_id, progress, count() FROM movies.views FINAL "
            f"WHERE user_id = '{played.user}' AND film_id = '{played.film}' GROUP BY ALL"
        )
        assert {count for *_, count in rows} <= {"1"}
        return {event_id: float(progress) for event_id, progress, _ in rows}

    async def all_stored() -> bool:
        return len(await stored()) >= len(played.reported)

    await until(all_stored)
    assert await stored() == played.reported


async def test_what_both_report_is_stored_and_read_back_whatever_their_clocks_say(
    running_stack: RunningStack,
) -> None:
    settings, started = running_stack.settings, datetime.now(UTC)
    async with (
        playing_in_python(settings, WRONG_BY_S, reads_back=True) as ahead,
        playing_in_python(settings, -WRONG_BY_S, reads_back=True) as behind,
        playing_in_node(settings, WRONG_BY_S, reads_back=True) as node_ahead,
        playing_in_node(settings, -WRONG_BY_S, reads_back=True) as node_behind,
    ):
        await until(lambda: len(ahead.reported) >= 10)
    ended = datetime.now(UTC)
    for played in (ahead, behind, node_ahead, node_behind):
        await assert_stored_once(settings, played)
        times = await Analyst(settings).rows(
            "SELECT min(event_time), max(event_time) FROM movies.views FINAL "
            f"WHERE user_id = '{played.user}'"
        )
        first, last = (moment(text) for text in times[0])
        assert (first - started).total_seconds() > -2
        assert (last - ended).total_seconds() < 2
        assert [item["completed"] for item in played.watched] == [False, False]
        assert played.watched[0]["film_id"] == str(played.film)


async def test_what_is_reported_while_kafka_is_away_is_stored_once(tmp_path: Path) -> None:
    async with private_stack(tmp_path, KAFKA_PRODUCER_TIMEOUT_MS="500") as stack:
        await stack.start()
        (broker,) = stack.kafka
        async with (
            playing_in_node(stack.settings) as in_node,
            playing_in_python(stack.settings) as in_python,
        ):
            await until(lambda: len(in_python.reported) >= 10)
            await broker.kill()
            during = len(in_python.reported)
            await until(lambda: len(in_python.reported) >= during + 30)
            await broker.start()
            await broker.ready()
        for played in (in_python, in_node):
            assert played.sent > played.accepted, "nothing was sent twice: no outage"
            await assert_stored_once(stack.settings, played)
