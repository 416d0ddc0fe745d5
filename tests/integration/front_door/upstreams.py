"""In place of the API: one that counts what reaches it, and answers or dies as told."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from embedded.ports import free_block
from embedded.settings import HOST

ACCEPTED = b"HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\n{}"
DIES = b""  # with the request in its hands


@dataclass
class Upstream:
    """`answers` to the requests that come in, in turn; the last one to all that follow."""

    port: int
    answers: Sequence[bytes]
    received: list[bytes] = field(default_factory=list)
    connections: int = 0
    answering: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.answering.set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0] or 0)
                body = await reader.readexactly(length)
                answer = self.answers[min(len(self.received), len(self.answers) - 1)]
                self.received.append(head + body)
                await self.answering.wait()
                if not answer:
                    return
                writer.write(answer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def upstreams(*each: Sequence[bytes]) -> AsyncIterator[list[Upstream]]:
    """One listening per sequence of answers."""
    with free_block(len(each)) as ports:
        made = [Upstream(port, answers) for port, answers in zip(ports, each, strict=True)]
        servers = [await asyncio.start_server(one.serve, HOST, one.port) for one in made]
        try:
            yield made
        finally:
            for server in servers:
                server.close()
                await server.wait_closed()
