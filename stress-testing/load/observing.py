"""What the stack shows of itself while it is under load: its lag, and how fresh reads are."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import NamedTuple

from canary import Canary, lag, singing

from embedded.settings import Settings

EVERY_S = 1.0


class Observed(NamedTuple):
    """`at` in Unix time, freshness in seconds; None where nobody could tell."""

    at: float
    lag: int | None
    freshness: float | None


@asynccontextmanager
async def observed(
    settings: Settings, canary: Canary, tell: Callable[[Observed], None]
) -> AsyncIterator[list[Observed]]:
    """A list that grows while the context lasts; each is told at once, too."""
    found: list[Observed] = []

    async def look() -> None:
        while True:
            found.append(Observed(time.time(), await lag(settings), canary.freshness))
            tell(found[-1])
            await asyncio.sleep(EVERY_S)

    async with singing(canary):
        looking = asyncio.create_task(look())
        try:
            yield found
        finally:
            looking.cancel()
            with suppress(asyncio.CancelledError):
                await looking
