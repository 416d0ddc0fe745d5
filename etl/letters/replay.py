"""Letters that can be read now, stored after all: straight into ClickHouse, as the worker does.

Not through the topic: there the event would have a second place, and be two for an audit. Rows
have their identity, so what is stored already stays as it is, and a replay may be repeated.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

from etl.batch import Batch, BatchPolicy
from etl.exits import WarehouseAway
from etl.storage import Storage

GIVE_UP_AFTER_S = 120.0
"""Of one batch: a person waits, so not for ever. Twice the longest INSERT, or some thirty tries."""


class Pace:
    """At most `rate` letters a second; time lost while nothing could be stored is no credit."""

    def __init__(
        self,
        rate: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.rate = rate
        self._clock = clock
        self._sleep = sleep
        self._free_at = clock()

    async def take(self, letters: int) -> None:
        """Wait until it is their turn."""
        await self._sleep(max(0.0, self._free_at - self._clock()))
        self._free_at = self._clock() + letters / self.rate


class Replay:
    def __init__(
        self, storage: Storage, pace: Pace, give_up_after_s: float = GIVE_UP_AFTER_S
    ) -> None:
        self._storage = storage
        self._pace = pace
        self._give_up_after_s = give_up_after_s
        worker = BatchPolicy()
        # A second's worth at once: neither many small inserts nor a rate in jerks.
        self._max_rows = min(worker.max_rows, max(1, int(pace.rate)))
        self._max_bytes = worker.max_bytes
        self._lines: list[bytes] = []
        self._size = 0
        self.stored = 0

    async def add(self, value: bytes) -> bool:
        """Take a value that `ugc_events.decode` reads; whether it made the batch go. Raises as
        `flush`."""
        self._lines.append(value + b"\n")
        self._size += len(value)
        if len(self._lines) >= self._max_rows or self._size >= self._max_bytes:
            await self.flush()
        return not self._lines

    async def flush(self) -> None:
        """Store what is in hand. Raises WarehouseError and httpx's errors that are not transient,
        and WarehouseAway when the transient ones do not end; then it may be there or not."""
        lines, self._lines, self._size = self._lines, [], 0
        if not lines:
            return
        batch = Batch(opened_at=0.0)
        batch.take(b"".join(lines), len(lines))
        await self._pace.take(batch.rows)
        try:
            async with asyncio.timeout(self._give_up_after_s):
                await self._storage.insert(batch)
        except TimeoutError:
            raise WarehouseAway(
                0, f"no rows were taken for {self._give_up_after_s:.0f} s"
            ) from None
        self.stored += batch.rows
