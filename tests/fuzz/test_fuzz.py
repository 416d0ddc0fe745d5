"""The HTTP interface under fuzz: a few hundred cases here, ten thousand by `make fuzz`.

Every answer is as the OpenAPI document has it, no broken token is let in, and topic and table hold
exactly what was accepted. FUZZ_CASES and FUZZ_SEED choose.
"""

import asyncio
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from embedded.settings import Settings
from simulator.records import EventRow
from simulator.warehouse import Warehouse
from telemetry.screen import Screen, number
from tests.fuzz.fuzz import Fuzz
from tests.fuzz.ledger import identities
from tests.integration.pipeline.topic import read_all
from tests.stack import private_stack
from tests.waiting import until

CASES = int(os.environ.get("FUZZ_CASES") or 400)
SEED = int(os.environ.get("FUZZ_SEED") or 1)
LEAST_SUCCESSES = 0.3
FROM = "FROM movies.views FINAL"


@pytest.mark.timeout(120 + CASES // 4)
async def test_every_answer_is_as_documented_and_what_is_stored_is_what_was_accepted(
    tmp_path: Path,
) -> None:
    screen = Screen(sys.stdout)
    async with private_stack(tmp_path, UGC_RATE_PER_USER="0") as stack:
        assert stack.nginx, "no nginx here: embedded/setup nginx"
        await stack.start()
        fuzz = await asyncio.to_thread(Fuzz, stack.settings, SEED)
        screen.say(f"\n{number(CASES)} cases of {len(fuzz.operations)} routes, FUZZ_SEED={SEED}")
        await asyncio.to_thread(fuzz.sow)
        await stored(stack.settings, fuzz.ledger.events)
        await asyncio.to_thread(fuzz.run, CASES, progress(screen, fuzz))
        await compare(stack.settings, fuzz)
    screen.table("what was asked, and how it was answered", fuzz.tally.by_route())
    screen.table("in all", [*fuzz.tally.summary(), f"events accepted {number(fuzz.ledger.events)}"])
    if fuzz.tally.failures:
        pytest.fail("\n".join(fuzz.tally.shown_failures()), pytrace=False)
    assert fuzz.tally.share_of_successes >= LEAST_SUCCESSES


async def stored(settings: Settings, events: int) -> None:
    """Wait until so many are in the table; what is missing all the same, the ledger names."""
    warehouse = Warehouse(settings)

    async def there() -> bool:
        ((count,),) = await warehouse.rows(f"SELECT count() {FROM}", tuple[int])
        return count >= events

    with suppress(AssertionError):
        await until(there, within=30, every=0.1)


async def compare(settings: Settings, fuzz: Fuzz) -> None:
    """Topic and table against the ledger, once the worker has passed all there is."""
    records = await read_all(settings.kafka_bootstrap, "views")
    letters = await read_all(settings.kafka_bootstrap, "views.dead-letters")
    await stored(settings, identities(records))
    rows = await Warehouse(settings).rows(f"SELECT {', '.join(EventRow._fields)} {FROM}", EventRow)
    fuzz.tally.failures += [f"a dead letter: {letter.value!r}" for letter in letters]
    fuzz.tally.failures += fuzz.ledger.complaints(records, rows)


def progress(screen: Screen, fuzz: Fuzz) -> Callable[[int], None]:
    started = time.monotonic()

    def shown(done: int) -> None:
        speed = done / (time.monotonic() - started)
        screen.progress(
            done / CASES,
            f"{number(done)} cases, {speed:.0f}/s, {len(fuzz.tally.failures)} failures",
        )

    return shown
