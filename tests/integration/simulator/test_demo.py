"""Simulated viewers against the real system: it agrees event by event, and the comparison can tell
when it does not."""

import asyncio
import io
import random
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from embedded.ports import free_block
from embedded.settings import ROOT
from simulator.demo import Choice, demo, examine, play
from simulator.door import front_door
from simulator.errors import CannotPlay
from simulator.ledger import Identity
from simulator.schedule import schedule
from simulator.warehouse import Warehouse
from telemetry.screen import Screen
from tests.analyst import Analyst
from tests.stack import RunningStack, environment


@pytest.fixture
def seed() -> int:
    return random.SystemRandom().randrange(1_000_000_000)


async def test_what_was_accepted_is_what_is_stored(running_stack: RunningStack, seed: int) -> None:
    stream, choice = io.StringIO(), Choice(rate=300, seconds=3, seed=seed)
    assert await demo(running_stack.settings, choice, Screen(stream)) == 0, stream.getvalue()
    words = [" ".join(line.split()) for line in stream.getvalue().splitlines()]
    assert "every event is there, once, as sent" in words
    assert any(running_stack.settings.front_url in line for line in words)
    (counts,) = (re.findall(r"[\d ]+", line) for line in words if line.startswith("reports sent"))
    sent, stored = (int(count.replace(" ", "")) for count in counts if count.strip())
    assert sent >= stored > 600  # repeated, refused and retried ones are not stored again
    (pace,) = (line.split() for line in words if line.startswith("sent in "))
    assert 2.8 < float(pace[2]) < 6  # it should be 3; the machine is not ours alone
    with pytest.raises(CannotPlay, match=f"seed {seed} was played"):
        await demo(running_stack.settings, choice, Screen(io.StringIO()))


async def test_wrong_rows_are_found_and_named(running_stack: RunningStack, seed: int) -> None:
    settings, analyst = running_stack.settings, Analyst(running_stack.settings)
    plan = schedule(seed, events=150, seconds=1, now=datetime.now(UTC))
    viewers = [viewer.id for viewer in plan.viewers]
    ledger = await play(settings, await front_door(settings), plan, 300, Screen(io.StringIO()))

    async def examined() -> tuple[int, str]:
        stream = io.StringIO()
        return await examine(
            Warehouse(settings), viewers, ledger, Screen(stream)
        ), stream.getvalue()

    code, output = await examined()
    assert code == 0, output

    # half of nothing is no other progress, and many a story begins with 0
    deleted, changed, copied, *_ = (i for i, sent in ledger.accepted.items() if sent.progress)
    added = uuid4()
    await analyst.erase(deleted[2])
    await analyst.rows(insert(changed, "event_id, progress / 2, received_at - 1"))
    await analyst.rows(insert(copied, f"toUUID('{added}'), progress, received_at"))
    code, output = await examined()
    assert code == 1
    assert f"missing: views {' '.join(map(str, deleted))}" in output
    assert f"different: views {' '.join(map(str, changed))}" in output
    assert f"beyond the ledger: views {copied[0]} {copied[1]} {added}" in output


def insert(like: Identity, instead: str) -> str:
    """One more row, like a stored one but for `event_id, progress, received_at`."""
    return f"""
        INSERT INTO movies.views_local
            (event_id, progress, received_at, user_id, film_id, total, event_time)
        SELECT {instead}, user_id, film_id, total, event_time
        FROM movies.views FINAL WHERE event_id = '{like[2]}'
    """


async def test_without_a_running_system_it_says_what_to_do(tmp_path: Path) -> None:
    with free_block() as ports:
        done = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-m", "simulator"],
            env=environment(tmp_path, ports),
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
    assert done.returncode == 1
    assert "run `make run` first" in done.stderr


async def test_a_system_with_another_secret_is_not_played_to(
    running_stack: RunningStack,
) -> None:
    secret = {"SECURITY_JWT_AUTH_SECRET_KEY": "another secret of at least 32 bytes"}
    other = type(running_stack.settings).from_environment(
        {**running_stack.settings.environ, **secret}
    )
    with pytest.raises(CannotPlay, match="refuses a token"):
        await front_door(other)
