"""An auth service of a test's own: it publishes keys, or behaves badly as it is told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Literal

from cryptography.hazmat.primitives.asymmetric import rsa

from embedded.settings import HOST
from tests.unit.ugc_api.bearer import issued
from tests.unit.ugc_api.test_jwk_sets import jwk_of, set_of

Behaviour = Literal["well", "silent", "endless", "huge", "garbage", "redirect", "gzip", "error"]
MEGABYTE = b" " * (1 << 20)


class AuthService:
    """`keys` by their names are what it signs with; `published` is what it shows of them."""

    def __init__(self) -> None:
        self.keys: dict[str, rsa.RSAPrivateKey] = {}
        self.published: set[str] = set()
        self.behaviour: Behaviour = "well"
        self.fetches = 0
        self.sent = 0  # bytes
        self.port = 0
        self.answering: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}/.well-known/jwks.json"

    def make_key(self, name: str) -> None:
        self.keys[name] = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.published.add(name)

    def token(self, name: str, **claims: object) -> str:
        return issued("RS256", self.keys[name], name, **claims)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.fetches += 1
        answering = asyncio.current_task()
        assert answering is not None
        self.answering.add(answering)
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await reader.readuntil(b"\r\n\r\n")
            await self._answer(reader, writer)
        writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        match self.behaviour:
            case "silent":
                await reader.read()
            case "endless":
                writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
                while True:
                    writer.write(b" ")
                    await writer.drain()
                    await asyncio.sleep(0.01)
            case "huge":
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (50 << 20))
                for _ in range(50):
                    writer.write(MEGABYTE)
                    await writer.drain()
                    self.sent += len(MEGABYTE)
            case short:
                writer.write(self._whole(short))
        await writer.drain()

    def _whole(self, behaviour: Behaviour) -> bytes:
        status, header, body = b"200 OK", b"", self._document()
        match behaviour:
            case "garbage":
                body = b"<html"
            case "redirect":
                status, header, body = b"302 Found", b"Location: /elsewhere\r\n", b""
            case "gzip":
                header = b"Content-Encoding: gzip\r\n"
            case "error":
                status = b"500 Internal Server Error"
        head = b"HTTP/1.1 %s\r\nConnection: close\r\n%sContent-Length: %d\r\n\r\n"
        return head % (status, header, len(body)) + body

    def _document(self) -> bytes:
        return set_of(*(jwk_of("RS256", self.keys[name], kid=name) for name in self.published))


@asynccontextmanager
async def auth_service() -> AsyncIterator[AuthService]:
    """Serving on a port of loopback, with one key by the name `first`."""
    service = AuthService()
    service.make_key("first")
    server = await asyncio.start_server(service.answer, HOST, 0)
    service.port = server.sockets[0].getsockname()[1]
    try:
        yield service
    finally:
        server.close()
        for task in service.answering:
            task.cancel()
        await asyncio.gather(*service.answering)
