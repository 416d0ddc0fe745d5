"""What is looked at every few seconds while the soak lasts."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from canary import Canary, lag
from processes import MIB
from soak.census import Usage, census, usage
from soak.diary import Diaries

from embedded.kafka import storage
from embedded.settings import Settings
from simulator.errors import CannotPlay
from simulator.warehouse import Warehouse

EVERY_S = 5.0
PATIENCE_S = 3.0  # ClickHouse may just have been killed
PARTS = (
    "SELECT if(startsWith(table, '.inner'), 'inner table of a view', table) AS of, count() "
    "FROM system.parts WHERE database = 'movies' AND active GROUP BY of ORDER BY of"
)


@dataclass(frozen=True)
class Sample:
    """At `at` seconds of the soak; None and empty where nobody could tell. The log is in MiB."""

    at: float
    accepted: int
    lag: int | None
    freshness: float | None
    parts: Mapping[str, int]
    log: float
    processes: Mapping[str, Usage]


class Samples(list[Sample]):
    """The samples so far; the soak begins with the first."""

    def __init__(self, settings: Settings, supervisor: int, diaries: Diaries, canary: Canary):
        super().__init__()
        self._began: float | None = None
        self._settings = settings
        self._supervisor = supervisor
        self._diaries = diaries
        self._canary = canary
        self._warehouse = Warehouse(settings)

    @property
    def now(self) -> float:
        """Seconds of the soak."""
        if self._began is None:
            self._began = time.monotonic()
        return time.monotonic() - self._began

    async def take(self) -> None:
        parts = dict[str, int]()
        with suppress(CannotPlay, TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                parts = dict(await self._warehouse.rows(PARTS, tuple[str, int]))
        processes = dict[str, Usage]()
        for name, pid in census(self._supervisor).items():
            with suppress(OSError):
                processes[name] = usage(pid)
        self.append(
            Sample(
                at=round(self.now, 1),
                accepted=self._diaries.accepted,
                lag=await lag(self._settings),
                freshness=self._canary.freshness,
                parts=parts,
                log=round(_size(storage.folder(self._settings, 0)) / MIB, 1),
                processes=processes,
            )
        )


@asynccontextmanager
async def sampled(samples: Samples) -> AsyncIterator[None]:
    """They grow while the context lasts."""

    async def again_and_again() -> None:
        while True:
            due = time.monotonic() + EVERY_S
            await samples.take()
            await asyncio.sleep(max(0.0, due - time.monotonic()))

    sampling = asyncio.create_task(again_and_again())
    try:
        yield
    finally:
        sampling.cancel()
        with suppress(asyncio.CancelledError):
            await sampling


def _size(folder: Path) -> int:
    """Of the topic's segments; the files of an index are as large as they may become."""
    total = 0
    for file in folder.glob("views-*/*.log"):
        with suppress(OSError):
            total += file.stat().st_size
    return total
