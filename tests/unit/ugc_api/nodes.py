"""Servers that stand in for ClickHouse's nodes, and the API's way to read from them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from ugc_api.metrics import Metrics
from ugc_api.reads.warehouse import Warehouse

Answer = Callable[[], Awaitable[tuple[int, str]]]


class Node:
    """A server that answers every request alike, or never; and notes what it was asked."""

    def __init__(self, answer: Answer | None) -> None:
        self._answer = answer
        self.ended = asyncio.Event()
        self.asked: list[tuple[str, str]] = []
        self.url = ""
        self.connections: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.current_task()
        assert connection is not None
        self.connections.add(connection)
        connection.add_done_callback(self.connections.discard)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                lines = head.decode().lower().splitlines()
                size = next((n for n in lines if n.startswith("content-length:")), ":0")
                body = await reader.readexactly(int(size.partition(":")[2]))
                self.asked.append((head.decode().split()[1], body.decode()))
                if self._answer is None:
                    await self.ended.wait()
                    break
                status, text = await self._answer()
                if not status:
                    break
                writer.write(
                    f"HTTP/1.1 {status} X\r\nContent-Length: {len(text)}\r\n\r\n{text}".encode()
                )
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()


def always(status: int, text: str) -> Answer:
    async def answer() -> tuple[int, str]:
        return status, text

    return answer


@asynccontextmanager
async def serving(node: Node) -> AsyncIterator[Node]:
    server = await asyncio.start_server(node.serve, "127.0.0.1", 0)
    node.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield node
    finally:
        node.ended.set()
        server.close()
        for connection in (left := set(node.connections)):
            connection.cancel()
        if left:
            await asyncio.wait(left)
        await server.wait_closed()


@asynccontextmanager
async def reading(*nodes: Node, within_s: float = 2.0) -> AsyncIterator[Warehouse]:
    urls = [node.url for node in nodes]
    async with Warehouse(urls, "reader", "secret", Metrics(), within_s) as warehouse:
        yield warehouse


def failures(warehouse: Warehouse, reason: str) -> float | None:
    value = warehouse._metrics.declarations.registry.get_sample_value
    return value("ugc_read_failures_total", {"reason": reason})
