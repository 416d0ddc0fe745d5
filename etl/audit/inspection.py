"""A walk over a part of the topic: each record judged, and what is missing put back if asked."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from etl.audit.audit import Audit
from etl.audit.chunks import READ_AT_ONCE, ChunkPolicy, chunks
from etl.audit.entry import Entry
from etl.audit.finding import Finding
from etl.audit.repair import Repair
from etl.exits import WarehouseAway
from etl.history import History, Span
from etl.persistence import Persistence

GIVE_UP_AFTER_S = 120.0
"""Of one chunk: whoever started it waits for an exit code, so not for ever."""

T = TypeVar("T")


@dataclass(frozen=True)
class Judged:
    entry: Entry
    finding: Finding
    put_back: bool = False
    """It was missing, and is there since the repair."""


class Inspection:
    def __init__(
        self,
        audit: Audit,
        repair: Repair | None,
        persistence: Persistence,
        policy: ChunkPolicy | None = None,
        give_up_after_s: float = GIVE_UP_AFTER_S,
    ) -> None:
        self._audit = audit
        self._repair = repair
        self._persistence = persistence
        self._policy = policy or ChunkPolicy()
        self._give_up_after_s = give_up_after_s

    async def walk(self, past: History, spans: Sequence[Span]) -> AsyncIterator[Sequence[Judged]]:
        """All records of `spans`, chunk by chunk. Raises KafkaError, NewerContract and what is not
        transient of ClickHouse; WarehouseAway when the transient does not end."""
        async for chunk in chunks(past.read(spans, at_most=READ_AT_ONCE), self._policy):
            judged = await self._judge(chunk)
            if self._repair is not None:
                judged = await self._put_back(self._repair, judged)
            yield judged

    async def _judge(self, entries: Sequence[Entry]) -> Sequence[Judged]:
        found = await self._bounded(
            self._persistence.until_done("audit", lambda: self._audit.findings(entries))
        )
        return [Judged(*one) for one in zip(entries, found, strict=True)]

    async def _put_back(self, repair: Repair, judged: Sequence[Judged]) -> Sequence[Judged]:
        """The same, with what became of the missing ones. Two of one identity can be missing, and
        then only the earlier one is what was lost: the other turns out to be a conflict."""
        missing = [one.entry for one in judged if one.finding is Finding.MISSING]
        if not missing:
            return judged
        self._audit.buried(await self._bounded(repair.put_back([one.record for one in missing])))
        again = iter(await self._judge(missing))
        return [_after(next(again)) if one.finding is Finding.MISSING else one for one in judged]

    async def _bounded(self, waiting: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout(self._give_up_after_s):
                return await waiting
        except TimeoutError:
            raise WarehouseAway(0, f"no end within {self._give_up_after_s:.0f} s") from None


def _after(repaired: Judged) -> Judged:
    if repaired.finding in (Finding.MISSING, Finding.CONFLICT):
        return repaired
    return replace(repaired, finding=Finding.MISSING, put_back=True)
