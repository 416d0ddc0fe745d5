"""The body of a request, inflated as it arrives and bounded in size."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from .encodings import Inflater
from .errors import ServerError

MAX_BODY_BYTES = 1 << 30
"""Inflated, for one request."""

Receive = Callable[[], Awaitable[Any]]


class ClientLeft(Exception):
    """The connection ended before the request's body did, or before its answer."""


class Body:
    """An async iterator of inflated pieces that ends only when the body is whole."""

    def __init__(self, receive: Receive, inflater: Inflater, limit: int = MAX_BODY_BYTES) -> None:
        self._limit = limit
        self._pieces = self._inflated(receive, inflater)
        self.ended = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._pieces:
            yield piece

    async def up_to(self, size: int) -> bytes:
        """At least `size` bytes, or what there is until the end."""
        gathered = bytearray()
        while len(gathered) < size:
            piece = await anext(self._pieces, None)
            if piece is None:
                break
            gathered += piece
        return bytes(gathered)

    async def _inflated(self, receive: Receive, inflater: Inflater) -> AsyncIterator[bytes]:
        """Raises ClientLeft, and ServerError for a broken or too large body."""
        total = 0
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientLeft
            more = message.get("more_body", False)
            for piece in inflater.feed(message.get("body", b"")):
                total += len(piece)
                if total > self._limit:
                    raise ServerError(
                        229, f"The body is larger than {self._limit} bytes", "QUERY_IS_TOO_LARGE"
                    )
                if piece:
                    yield piece
        inflater.finish()
        self.ended = True


async def client_left(receive: Receive) -> None:
    """Returns when the client has gone; for use once the body has been read."""
    while (await receive())["type"] != "http.disconnect":
        pass
