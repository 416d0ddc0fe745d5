"""Where a message is held until the test has seen what it wanted to see."""

import asyncio
from collections.abc import Awaitable, Callable

from tests.chaos.proxy.messages import Message

Wanted = Callable[[Message], bool]


class Dropped(Exception):
    """The message goes no further, and its connection ends."""


class Gate:
    """Holds the first message that `wanted` says yes to; others pass by."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._came: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._allowed = 0
        self._changed = asyncio.Event()
        self._dropped = False
        self.sent = 0  # bytes of the message that were let through

    def takes(self, message: Message) -> bool:
        if self._came.done() or not self._wanted(message):
            return False
        self._came.set_result(message)
        return True

    async def holds(self, within: float = 20.0) -> Message:
        """The message, once it is here. Raises TimeoutError."""
        return await asyncio.wait_for(asyncio.shield(self._came), within)

    def release(self) -> None:
        self.let_through(len(self._came.result().data))

    def let_through(self, count: int) -> None:
        """The first `count` bytes may go on; the rest is still held."""
        self._allowed = count
        self._changed.set()

    def drop(self) -> None:
        """End the connection; both sides see it."""
        self._dropped = True
        self._changed.set()

    async def hold(self, message: Message, send: Callable[[bytes], Awaitable[None]]) -> None:
        """For the proxy: pass on what is let through until that is all. Raises Dropped."""
        while self.sent < len(message.data):
            await self._changed.wait()
            self._changed.clear()
            if self._dropped:
                raise Dropped
            piece = message.data[self.sent : self._allowed]
            await send(piece)
            self.sent += len(piece)
