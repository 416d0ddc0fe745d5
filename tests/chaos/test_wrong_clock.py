"""The API's clock jumps while it runs, and half of the reports rely on it: they carry no time."""

import dataclasses
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from embedded.stack import Stack
from tests.chaos.clients import Habits
from tests.chaos.trial import Report, Trial, trial
from tests.chaos.wrong_clock import WrongClock
from tests.waiting import until

# what the players' own clock says may be out of the API's window
HABITS = Habits(
    without_time=0.5,
    refusable=frozenset({"event_time_out_of_window", "event_time_required"}),
)
JUMPS = {
    "+2 hours": timedelta(hours=2),
    "-8 days": timedelta(days=-8),
    "right again": timedelta(0),
}
NEAR = timedelta(minutes=1)


@pytest.mark.chaos
@pytest.mark.timeout(180)
async def test_events_keep_their_identity_under_a_clock_that_jumps(
    seed: int, tmp_path: Path, report: Report
) -> None:
    clock = WrongClock(tmp_path / "clock")

    def arrange(stack: Stack) -> Stack:
        return dataclasses.replace(stack, api=tuple(map(clock.of, stack.api)))

    async with trial("clock jumps", seed, tmp_path, report, habits=HABITS, arrange=arrange) as t:
        (api,), (worker,) = t.stack.api, t.stack.etl
        await t.flows(100)
        for window, jump in JUMPS.items():
            before = len(t.ledger.accepted)
            clock.jump(jump)
            seen = await until_it_says(t, jump)
            timeless = await accepted_at(t, jump, 100)
            accepted = len(t.ledger.accepted) - before
            proof = f"Date: {seen}, {accepted} answered 202, {timeless} of them dated by it"
            t.fault("jumped", "api", window, proof)
            await t.kill(api, window=window)
            await t.revive(api)
            await t.kill(worker, window=window)
            await t.revive(worker)
            await t.flows(50)


async def until_it_says(t: Trial, ahead: timedelta) -> str:
    """The `Date` of the API's answers, once it shows the jump."""
    said = ""

    async def jumped() -> bool:
        nonlocal said
        async with httpx.AsyncClient() as http:
            said = (await http.get(f"{t.settings.api_url}/healthz")).headers["Date"]
        date = datetime.strptime(said, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
        return abs(date - datetime.now(UTC) - ahead) < NEAR

    await until(jumped, within=10, every=0.1)
    return said


async def accepted_at(t: Trial, ahead: timedelta, wanted: int) -> int:
    """How many accepted events have their time from such a clock, once that is `wanted`."""
    began = datetime.now(UTC) + ahead
    known = set(t.ledger.accepted)

    def dated() -> int:
        new = t.ledger.accepted.keys() - known
        return sum(abs(t.ledger.accepted[one].event_time - began) < NEAR for one in new)

    await until(lambda: dated() >= wanted, within=60, every=0.1)
    return dated()
