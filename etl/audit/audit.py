"""Records held against the rows and the letters.

Nothing is called missing at first sight: a replica may be behind, so it is looked for again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence

from etl.audit.burials import Burials
from etl.audit.claim import Claim
from etl.audit.entry import Entry
from etl.audit.finding import Finding, judge
from etl.audit.rows import Rows
from etl.dead_letters import DeadLetter
from etl.settings import Settings

ONE_NODE_S = 0.5
CLUSTER_S = 5.0
"""Before looking again. A replica that is further behind has an alert of its own."""

_STORED = frozenset({Finding.STORED, Finding.REPEATED})


class Audit:
    """`read_burials` is awaited once, and only if not all is stored."""

    def __init__(
        self, rows: Rows, read_burials: Callable[[], Awaitable[Burials]], look_again_after_s: float
    ) -> None:
        self._rows = rows
        self._read_burials = read_burials
        self._burials: Burials | None = None
        self._look_again_after_s = look_again_after_s

    async def findings(self, entries: Sequence[Entry]) -> Sequence[Finding]:
        """One for each entry. Raises WarehouseError, httpx.TransportError and KafkaError."""
        rows = dict(await self._rows.standing(_claims(entries)))
        found = await asyncio.to_thread(judge, entries, rows, self._burials or Burials())
        if _STORED.issuperset(found):
            return found
        if self._burials is None:
            self._burials = await self._read_burials()
            found = await asyncio.to_thread(judge, entries, rows, self._burials)
        missing = [one for one, f in zip(entries, found, strict=True) if f is Finding.MISSING]
        if missing:
            await asyncio.sleep(self._look_again_after_s)
            rows.update(await self._rows.standing(_claims(missing)))
            found = await asyncio.to_thread(judge, entries, rows, self._burials)
        return found

    def buried(self, letters: Iterable[DeadLetter]) -> None:
        """They were written since the letters were read."""
        if self._burials is not None:
            self._burials.add(letters)


def look_again_after(settings: Settings) -> float:
    return CLUSTER_S if settings.clickhouse_cluster else ONE_NODE_S


def _claims(entries: Iterable[Entry]) -> Sequence[Claim]:
    return [entry.claim for entry in entries if entry.claim is not None]
