"""An ASGI application behind the API's own kind of connection, on a free port of loopback."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn

from embedded.settings import HOST
from tests.waiting import until
from ugc_api.connection import Connection
from ugc_api.exchange import ASGIApp


@asynccontextmanager
async def served(app: ASGIApp, keep_alive_s: int = 75) -> AsyncIterator[int]:
    """The port."""
    with socket.create_server((HOST, 0)) as listener:
        config = uvicorn.Config(
            app,
            http=Connection,
            ws="none",
            lifespan="off",
            log_config=None,
            server_header=False,
            access_log=False,
            timeout_keep_alive=keep_alive_s,
            timeout_graceful_shutdown=1,
        )
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            await until(lambda: server.started)
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            await serving


async def exchange(port: int, *parts: bytes) -> bytes:
    """All that is answered until the other side ends the connection."""
    reader, writer = await asyncio.open_connection(HOST, port)
    for part in parts:
        writer.write(part)
        await writer.drain()
    try:
        return await all_of(reader)
    finally:
        writer.close()


async def all_of(reader: asyncio.StreamReader) -> bytes:
    """What comes until the connection ends; a reset, which unread bytes cause, is an end too."""
    received = b""
    try:
        while some := await reader.read(1 << 16):
            received += some
    except ConnectionError:
        pass
    return received
