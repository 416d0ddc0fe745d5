"""The rows of a batch into ClickHouse, for as long as it takes.

The same for the worker and for every command that stores records again.
"""

import logging
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from etl.batch import Batch
from etl.exits import MalformedRows
from etl.metrics import Metrics
from etl.persistence import Persistence
from etl.warehouse import Warehouse

log = logging.getLogger(__name__)


class Storage:
    def __init__(
        self,
        warehouse: Warehouse,
        metrics: Metrics,
        persistence: Persistence,
    ) -> None:
        self._warehouse = warehouse
        self._metrics = metrics
        self._persistence = persistence

    async def insert(self, batch: Batch) -> None:
        """The bytes as they stood in the topic; if ClickHouse calls them malformed, once more in
        canonical encoding. Raises what `etl.exits` lets stop; then some rows may be there, and the
        same batch may be inserted again."""
        try:
            await self._until_inserted(batch.lines)
        except MalformedRows as refusal:
            log.warning("rows refused as malformed: rewriting", extra={"code": refusal.code})
            self._metrics.rewritten.inc()
            await self._until_inserted(batch.canonical_lines())
        self._metrics.inserted.inc(batch.rows)
        self._metrics.batch_rows.observe(batch.rows)
        self._metrics.batch_bytes.observe(sum(map(len, batch.lines)))
        if batch.oldest is not None:
            age = datetime.now(UTC) - batch.oldest
            self._metrics.end_to_end.observe(age.total_seconds())

    async def _until_inserted(self, lines: Sequence[bytes]) -> None:
        await self._persistence.until_done("insert", lambda: self._timed_insert(lines))

    async def _timed_insert(self, lines: Sequence[bytes]) -> None:
        started, result = time.perf_counter(), "error"
        try:
            await self._warehouse.insert(lines)
            result = "ok"
        finally:
            took = time.perf_counter() - started
            self._metrics.insert_seconds.labels(result).observe(took)
