"""The API's memory with many open connections."""

import asyncio
from typing import cast

from bench.measuring import say
from bench.players import singles
from processes import MIB, cost

from embedded import token
from embedded.stack import Stack

AT_ONCE = 200
"""That are opened at a time."""


class Held(asyncio.Protocol):
    """Sends one event, and stays."""

    def __init__(self, request: bytes) -> None:
        self._request = request
        self.answered: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        if not self.answered.done():
            self.answered.set_result(data[9:12])

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.answered.done():
            self.answered.set_result(b"cut")


async def bench_connections(stack: Stack, count: int) -> None:
    """The API's memory with so many open connections, each of which brought an event."""
    (api,) = stack.api
    before = cost(api.pid).resident
    requests = singles([token.mint(stack.settings) for _ in range(100)], count)
    loop, held = asyncio.get_running_loop(), list[Held]()
    for start in range(0, count, AT_ONCE):
        opened = [
            await loop.create_connection(
                lambda: Held(next(requests)), "127.0.0.1", stack.settings.http_port
            )
            for _ in range(min(AT_ONCE, count - start))
        ]
        held += [protocol for _, protocol in opened]
        await asyncio.gather(*(protocol.answered for _, protocol in opened))
    statuses = {one.answered.result() for one in held}
    alive = sum(not one.transport.is_closing() for one in held)
    resident = cost(api.pid).resident
    say(f"\n{alive} open connections, answered {b', '.join(sorted(statuses)).decode()}")
    say(
        f"API's memory: {before / MIB:.0f} MiB before, {resident / MIB:.0f} MiB with them, "
        f"{(resident - before) / count / 1024:.1f} KiB each"
    )
    for one in held:
        one.transport.close()
