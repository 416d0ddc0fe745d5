"""Batches take turns: as many bytes at once as can be published within the deadline.

All at once they would all be late, singles behind them too, and their clients only come again.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ugc_api.ingest.room import MIB, Room, too_many_batches

AT_ONCE_BYTES = 8 * MIB
"""Being read and published, inflated. As objects they take five times as much, at worst ten."""

WAITING_BYTES = 64 * MIB
PATIENCE_S = 2.0


class Turns:
    """First come, first served."""

    def __init__(
        self,
        at_once: int = AT_ONCE_BYTES,
        waiting: int = WAITING_BYTES,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._free = at_once
        self._room = Room(waiting)
        self._patience_s = patience_s
        self._queue: deque[tuple[int, asyncio.Future[None]]] = deque()

    @asynccontextmanager
    async def of(self, size: int) -> AsyncIterator[None]:
        """A turn for a batch of `size` bytes, at most AT_ONCE_BYTES. Raises Problem 503 when it
        does not come in time, or too many wait already."""
        with self._room.of(size):
            await self._wait(size)
        try:
            yield
        finally:
            self._free += size
            self._next()

    async def _wait(self, size: int) -> None:
        turn = asyncio.get_running_loop().create_future()
        self._queue.append((size, turn))
        self._next()
        try:
            async with asyncio.timeout(self._patience_s):
                await asyncio.shield(turn)
        except TimeoutError:
            if turn.done():  # it came in the last moment
                return
            turn.cancel()
            self._next()
            raise too_many_batches() from None
        except asyncio.CancelledError:
            if turn.done():
                self._free += size
            turn.cancel()
            self._next()
            raise

    def _next(self) -> None:
        while self._queue:
            size, turn = self._queue[0]
            if not turn.cancelled():
                if size > self._free:
                    return
                self._free -= size
                turn.set_result(None)
            self._queue.popleft()
