"""Debian's Chromium on a page of ours, without a driver: the page tells what it saw by itself."""

import asyncio
import json
import os
import signal
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from embedded.child import die_with
from embedded.settings import ROOT

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-proxy-server",
    # a page that is left is gone, and does not go on in the cache
    "--disable-features=BackForwardCache",
    # nothing but this machine is ever asked
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
    "--disable-background-networking",
    "--disable-component-update",
)
FILES = {
    "/player.html": (Path(__file__).with_name("player.html"), "text/html"),
    "/ugc-client.js": (ROOT / "clients" / "js" / "ugc-client.js", "text/javascript"),
}


class Pages:
    """Serves the player's page, and hears what it tells."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []

    def handler(self) -> type[BaseHTTPRequestHandler]:
        told = self.told

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path, media_type = FILES.get(self.path.partition("?")[0], (None, "text/html"))
                self._answer(b"elsewhere" if path is None else path.read_bytes(), media_type)

            def do_POST(self) -> None:
                told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self._answer(b"", "text/plain")

            def _answer(self, body: bytes, media_type: str) -> None:
                self.send_response(200)
                self.send_header("Content-Type", media_type)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        return Handler


@contextmanager
def pages(port: int) -> Iterator[Pages]:
    served = Pages()
    with ThreadingHTTPServer(("127.0.0.1", port), served.handler()) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield served
        finally:
            server.shutdown()
            thread.join()


@asynccontextmanager
async def opened(url: str, profile: Path) -> AsyncIterator[None]:
    """A fresh browser on this page while the context lasts."""
    with (profile / "chromium.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            "chromium",
            *FLAGS,
            f"--user-data-dir={profile}",
            url,
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=die_with(os.getpid()),
        )
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


@asynccontextmanager
async def far(url: str, seconds: float) -> AsyncIterator[str]:
    """Another address of the same server, `seconds` away in each direction."""
    host, port = urlsplit(url).hostname, urlsplit(url).port

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while chunk := await reader.read(65536):
                await asyncio.sleep(seconds)
                writer.write(chunk)
        writer.close()

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there = await asyncio.open_connection(host, port)
        await asyncio.gather(pump(reader, there[1]), pump(there[0], writer))

    server = await asyncio.start_server(connect, "127.0.0.1", 0)
    async with server:
        yield "http://{}:{}".format(*server.sockets[0].getsockname())
