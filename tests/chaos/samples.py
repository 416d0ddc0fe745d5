"""How many events are answered and stored, taken again and again while a trial lasts."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import httpx

from tests.analyst import Analyst
from tests.chaos.ledger import Ledger
from tests.chaos.outcome import Outcome, Sample

EVERY_S = 0.5
PATIENCE_S = 1.0  # ClickHouse may be dead or paused: then what was known last stands


@asynccontextmanager
async def sampled(outcome: Outcome, ledger: Ledger, analyst: Analyst) -> AsyncIterator[None]:
    """Samples go to the outcome; the last is of the end."""
    began, stored = time.monotonic(), 0

    async def sample() -> None:
        nonlocal stored
        with suppress(httpx.TransportError, AssertionError, TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                stored = int(await analyst.value("SELECT count() FROM movies.views FINAL"))
        at = round(time.monotonic() - began, 2)
        outcome.samples.append(Sample(at, len(ledger.accepted), stored))

    async def again_and_again() -> None:
        while True:
            await sample()
            await asyncio.sleep(EVERY_S)

    sampling = asyncio.create_task(again_and_again())
    try:
        yield
        await sample()
    finally:
        sampling.cancel()
        with suppress(asyncio.CancelledError):
            await sampling
