"""A TCP proxy whose connections can be reset, fall silent, or be slow, and which holds messages.

It runs on the test's own loop. Faults are for all connections; gates take single messages.
"""

import asyncio
import contextlib
import socket
import struct
import time
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Callable
from typing import Self

from embedded.settings import HOST
from tests.chaos.proxy.gates import Dropped, Gate, Wanted
from tests.chaos.proxy.messages import PIECE, Framing, Message, Plain

RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER on, no time
TICK_S = 0.05


class Proxy:
    """From `port`, known as soon as the context begins, to `upstream`, which may be set later."""

    def __init__(self, framing: Callable[[], Framing] = Plain, upstream: int = 0) -> None:
        self.upstream = upstream
        self.port = 0
        self.silent = 0  # connections that fell silent or began so
        self.accepted = 0  # connections ever
        self.slowest_s = 0.0  # that anything took to pass on
        self._framing = framing
        self._gates: list[Gate] = []
        self._connections: dict[asyncio.Task[None], Connection] = {}
        self._swallows = False
        self._bytes_per_s: float | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accepted, HOST, 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await self._server.wait_closed()

    @property
    def connected(self) -> int:
        return len(self._connections)

    def gate(self, wanted: Wanted) -> Gate:
        """Hold the next message that is wanted."""
        gate = Gate(wanted)
        self._gates.append(gate)
        return gate

    def reset(self) -> int:
        """RST to both ends of every connection; how many there were."""
        return sum(connection.reset() for connection in self._connections.values())

    def half_open(self) -> int:
        """Nothing passes any more, and nobody is told; new connections are taken and fare the
        same. How many connections fell silent at once."""
        self._swallows = True
        for connection in self._connections.values():
            self.silent += 1
            connection.silence()
        return len(self._connections)

    def slow(self, bytes_per_s: float) -> None:
        """In each direction of each connection."""
        self._bytes_per_s = bytes_per_s

    def heal(self) -> None:
        """New connections are as good as any; what fell silent stays so."""
        self._swallows = False
        self._bytes_per_s = None

    async def _accepted(self, reader: StreamReader, writer: StreamWriter) -> None:
        connection = Connection(self, self._framing(), reader, writer)
        self.accepted += 1
        if self._swallows:
            self.silent += 1
            connection.silence()
        task = asyncio.current_task()
        assert task is not None
        self._connections[task] = connection
        try:
            await connection.run(self.upstream)
        finally:
            del self._connections[task]

    async def pass_on(self, message: Message, to: StreamWriter) -> None:
        """Raises Dropped and OSError."""
        for gate in self._gates:
            if gate.takes(message):
                self._gates.remove(gate)
                return await gate.hold(message, lambda piece: self._send(piece, to))
        await self._send(message.data, to)

    async def _send(self, data: bytes, to: StreamWriter) -> None:
        started, sent = time.monotonic(), 0
        while sent < len(data):
            rate = self._bytes_per_s
            step = PIECE if rate is None else max(1, int(rate * TICK_S))
            to.write(data[sent : sent + step])
            sent += step
            await to.drain()
            if rate is not None:
                await asyncio.sleep(TICK_S)
        self.slowest_s = max(self.slowest_s, time.monotonic() - started)


class Connection:
    def __init__(
        self, proxy: Proxy, framing: Framing, reader: StreamReader, writer: StreamWriter
    ) -> None:
        self._proxy = proxy
        self._framing = framing
        self._reader = reader
        self._ends = [writer]
        self._audible = asyncio.Event()
        self._audible.set()

    def silence(self) -> None:
        self._audible.clear()

    def reset(self) -> bool:
        """False if it was ending already."""
        open_ends = [writer for writer in self._ends if not writer.transport.is_closing()]
        for writer in open_ends:
            raw = writer.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            writer.transport.abort()
        return bool(open_ends)

    async def run(self, upstream: int) -> None:
        """Until either side ends it; then neither has it any more."""
        near = self._ends[0]
        pumps: list[asyncio.Task[None]] = []
        try:
            await self._audible.wait()
            reader, far = await asyncio.open_connection(HOST, upstream)
            self._ends.append(far)
            pumps = [
                asyncio.create_task(self._pump(self._framing.requests(self._reader), far)),
                asyncio.create_task(self._pump(self._framing.answers(reader), near)),
            ]
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        except OSError:
            self.reset()  # nobody listens behind us
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            for writer in self._ends:
                writer.close()
            for writer in self._ends:
                with contextlib.suppress(OSError):
                    await writer.wait_closed()

    async def _pump(self, messages: AsyncIterator[Message], to: StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, Dropped):
            async for message in messages:
                await self._audible.wait()
                await self._proxy.pass_on(message, to)
