"""The diaries held against ClickHouse, some viewers at a time: event by event, table by table."""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field
from uuid import UUID

from soak.diary import Diaries, ledger

from embedded.settings import Settings
from simulator.balance import complaints
from simulator.demo import compared
from simulator.warehouse import Warehouse
from telemetry.screen import Screen, number

AT_ONCE = 50  # viewers
STORED_WITHIN_S = 300.0


@dataclass
class Verdict:
    """`differences` by their kind; `strays` are rows of nobody who sent one."""

    accepted: int = 0
    unanswered: int = 0
    stored: int = 0
    strays: int = 0
    differences: dict[str, int] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)

    @property
    def kept(self) -> bool:
        return not (self.strays or self.complaints)


async def everything_stored(
    settings: Settings, diaries: Diaries, canary: UUID, screen: Screen
) -> None:
    """Wait until as many events are there as were accepted; not for ever."""
    ends = time.monotonic() + STORED_WITHIN_S
    while True:
        stored = await _count(settings, canary)
        share = stored / max(diaries.accepted, 1)
        screen.progress(share, f"{number(stored)} of {number(diaries.accepted)} events stored")
        if stored >= diaries.accepted or time.monotonic() > ends:
            return
        await asyncio.sleep(1)


async def judge(settings: Settings, diaries: Diaries, canary: UUID, screen: Screen) -> Verdict:
    verdict, warehouse = Verdict(complaints=list(diaries.surprises[:20])), Warehouse(settings)
    for start in range(0, len(diaries.each), AT_ONCE):
        some = diaries.each[start : start + AT_ONCE]
        theirs = ledger(some)
        records, found = await compared(warehouse, [diary.viewer for diary in some], theirs)
        verdict.accepted += len(theirs.accepted)
        verdict.unanswered += len(theirs.unanswered)
        verdict.stored += len(records.views)
        for kind, times in Counter(difference.kind for difference in found).items():
            verdict.differences[kind] = verdict.differences.get(kind, 0) + times
        verdict.complaints += complaints(theirs, found)
        screen.progress(
            (start + len(some)) / len(diaries.each),
            f"{number(verdict.accepted)} events compared, {len(verdict.complaints)} complaints",
        )
    verdict.strays = await _count(settings, canary) - verdict.stored
    return verdict


async def _count(settings: Settings, canary: UUID) -> int:
    """All events but the canary's."""
    sql = f"SELECT count() FROM movies.views FINAL WHERE user_id != '{canary}'"  # noqa: S608
    ((count,),) = await Warehouse(settings).rows(sql, tuple[int])
    return count
