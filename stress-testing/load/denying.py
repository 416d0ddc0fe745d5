"""A proxy for HTTP that denies some requests and holds others back, so that metrics move.

Half of the denied never reach the API; the other half do, and only their answer is lost: their
client sends again what is already in. A delayed one is held back in the midst of its body, so that
the API sees it wait.
"""

import asyncio
import random
from asyncio import IncompleteReadError, StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from load.scenario import Denial

from embedded.settings import HOST

DENIED = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\n"
    b"Retry-After: 1\r\nContent-Length: 45\r\n\r\n"
    b'{"title":"denied","code":"denied_at_random"}\n'
)


@asynccontextmanager
async def denying(url: str, denial: Denial) -> AsyncIterator[str]:
    """Where to send requests that are meant for `url`."""
    to, rng = urlsplit(url), random.Random(1)
    open_ones: set[asyncio.Task[None]] = set()

    async def accepted(reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - it is one
        open_ones.add(task)
        try:
            above = await asyncio.open_connection(to.hostname, to.port or 80)
            try:
                await _pass_on((reader, writer), above, denial, rng)
            finally:
                above[1].close()
        except (OSError, IncompleteReadError, asyncio.CancelledError):
            pass  # either side has gone, or the run is over
        finally:
            open_ones.discard(task)
            writer.close()

    server = await asyncio.start_server(accepted, HOST, 0)
    try:
        yield f"http://{HOST}:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in open_ones:
            task.cancel()
        await asyncio.gather(*open_ones, return_exceptions=True)


async def _pass_on(
    client: tuple[StreamReader, StreamWriter],
    above: tuple[StreamReader, StreamWriter],
    denial: Denial,
    rng: random.Random,
) -> None:
    while True:
        request = await message(client[0])
        denied = rng.random() < denial.denied
        if not denied or rng.random() < 0.5:
            half = len(request) - 20
            above[1].write(request[:half])
            if rng.random() < denial.delayed:
                await asyncio.sleep(rng.uniform(0.2, denial.delay_s))
            above[1].write(request[half:])
            answer = await message(above[0])
        client[1].write(DENIED if denied else answer)
        await client[1].drain()


async def message(reader: StreamReader) -> bytes:
    """A request or an answer whose body has a length. Raises IncompleteReadError."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = head.lower().partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0]
    return head + await reader.readexactly(int(length or 0))
