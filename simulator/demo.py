"""One run from the first report to what the product knows: play, wait, compare, show."""

import asyncio
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from embedded import token
from embedded.settings import Settings
from simulator.balance import balance, complaints
from simulator.comparison import Difference, differences
from simulator.door import front_door
from simulator.errors import CannotPlay
from simulator.findings import findings, shown
from simulator.ledger import Ledger
from simulator.playback import Playback
from simulator.records import Records, read
from simulator.schedule import Schedule, schedule
from simulator.warehouse import Warehouse
from telemetry.screen import Screen, number

SETTLES_WITHIN_S = 1.0  # an insert fills the tables one after the other


@dataclass(frozen=True)
class Choice:
    """Reports a second, for how long, and the seed that everything follows from."""

    rate: float
    seconds: float
    seed: int


async def demo(settings: Settings, choice: Choice, screen: Screen) -> int:
    """The exit code: 0 if what is stored is what was accepted. Raises CannotPlay, CannotStart."""
    url = await front_door(settings)
    warehouse = Warehouse(settings)
    events = max(1, int(choice.rate * choice.seconds))
    plan = schedule(choice.seed, events, choice.seconds, datetime.now(UTC))
    viewers = [viewer.id for viewer in plan.viewers]
    if await warehouse.count(viewers):
        raise CannotPlay(f"seed {choice.seed} was played to this stack before: choose another")
    screen.say(
        f"{number(plan.events)} reports of {len(viewers)} viewers, {choice.rate:g} a second, "
        f"to {url} (--seed {choice.seed})"
    )
    ledger = await play(settings, url, plan, choice.rate, screen)
    return await examine(warehouse, viewers, ledger, screen)


async def play(settings: Settings, url: str, plan: Schedule, rate: float, screen: Screen) -> Ledger:
    """Send it all, showing how far it is; the ledger of every answer."""
    tokens = {viewer.id: token.mint(settings, viewer.id) for viewer in plan.viewers}
    playback = Playback(url, tokens.__getitem__)
    playback.open(plan.viewers)
    started = time.monotonic()
    playing = asyncio.create_task(playback.play(plan, rate))
    retried = 0
    while not playing.done():
        await asyncio.wait([playing], timeout=0.2)
        spent = time.monotonic() - started
        decided = playback.decided
        left = (plan.events - decided) / (decided / spent or rate)
        retried = max(retried, playback.retried)
        screen.progress(
            decided / plan.events,
            f"{decided / spent:4.0f}/s  taken {number(playback.accepted)}  "
            f"refused {number(decided - playback.accepted)}  "
            f"retried {number(retried)}  {left:.0f} s left",
        )
    await playing
    ledger = playback.ledger
    screen.say(
        f"sent in {playback.sending_s:.1f} s, {ledger.sent / playback.sending_s:.0f} a second"
    )
    return ledger


async def examine(
    warehouse: Warehouse,
    viewers: Collection[UUID],
    ledger: Ledger,
    screen: Screen,
    arrival_within_s: float = 60.0,
) -> int:
    """Compare what is stored with the ledger and show both; the exit code. Raises CannotPlay."""
    await arrival(warehouse, viewers, len(ledger.accepted), screen, arrival_within_s)
    records, found = await compared(warehouse, viewers, ledger)
    wrong = complaints(ledger, found)
    screen.table("what went in, and what came out", balance(ledger, len(records.views), found))
    screen.table("what the product knows", shown(await findings(warehouse, viewers)))
    screen.table("something is wrong" if wrong else "every event is there, once, as sent", wrong)
    return 1 if wrong else 0


async def compared(
    warehouse: Warehouse, viewers: Collection[UUID], ledger: Ledger
) -> tuple[Records, Sequence[Difference]]:
    """What is stored, and how it differs; looked at again while an insert may be under way."""
    deadline = time.monotonic() + SETTLES_WITHIN_S
    while True:
        records = await read(warehouse, viewers)
        found = differences(ledger, records)
        if not found or time.monotonic() > deadline:
            return records, found
        await asyncio.sleep(0.25)


async def arrival(
    warehouse: Warehouse, viewers: Collection[UUID], wanted: int, screen: Screen, within_s: float
) -> None:
    """Wait until ClickHouse has as many events of these viewers; not for ever."""
    started = time.monotonic()
    while True:
        count = await warehouse.count(viewers)
        share = count / wanted if wanted else 1.0
        screen.progress(share, f"{number(count)} of {number(wanted)} events stored")
        if count >= wanted or time.monotonic() - started > within_s:
            return
        await asyncio.sleep(0.25)
