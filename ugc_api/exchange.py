"""One HTTP request and its answer, on bare ASGI: no more than the ingest routes need."""

import asyncio
import os
import re
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any

from ugc_api.problems import CONTENT_TYPE, Problem, body_too_large

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = Sequence[tuple[bytes, bytes]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]

BODY_TIMEOUT_S = 10.0
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_TRACEPARENT = re.compile(rb"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


class ClientGone(Exception):
    """The connection ended before the body did: there is nobody to answer."""


class Request:
    """What a handler may ask of the request. `id` is the caller's if well formed, else ours."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        self._receive = receive
        given = self.headers.get(b"x-request-id", b"")
        self.id = given.decode() if _REQUEST_ID.fullmatch(given) else os.urandom(16).hex()

    @property
    def traceparent(self) -> bytes | None:
        """The W3C trace context, if well formed."""
        given = self.headers.get(b"traceparent", b"")
        return given if _TRACEPARENT.fullmatch(given) else None

    @property
    def record_headers(self) -> list[tuple[str, bytes]]:
        """What goes with this request's events into Kafka."""
        headers = [("request_id", self.id.encode())]
        if self.traceparent is not None:
            headers.append(("traceparent", self.traceparent))
        return headers

    @property
    def media_type(self) -> bytes:
        """Of the body, lowered and without parameters."""
        return self.headers.get(b"content-type", b"").partition(b";")[0].strip().lower()

    @property
    def content_encoding(self) -> bytes:
        return self.headers.get(b"content-encoding", b"").strip().lower()

    async def json_body(self, limit: int) -> bytes:
        """The bytes of a plain JSON body. Raises Problem 415, and what `body` raises."""
        if self.media_type != b"application/json":
            raise Problem(415, "unsupported_media_type", "Content-Type must be application/json")
        if self.content_encoding not in (b"", b"identity"):
            raise Problem(415, "unsupported_encoding", "this route takes no Content-Encoding")
        return await self.body(limit)

    async def body(self, limit: int) -> bytes:
        """The bytes of the body, at most `limit`, as they were sent.

        Raises Problem 413 before reading what it need not, 408 when the body does not come, and
        ClientGone.
        """
        declared = self.headers.get(b"content-length", b"")
        if declared.isdigit() and int(declared[:20]) > limit:
            raise body_too_large(limit)
        chunks: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(BODY_TIMEOUT_S):
                while True:
                    message = await self._receive()
                    if message["type"] == "http.disconnect":
                        raise ClientGone
                    chunk: bytes = message.get("body", b"")
                    size += len(chunk)
                    if size > limit:
                        # Made where it is raised: held in a variable, it and the frame would
                        # hold each other, and the body, until the collector comes by.
                        raise body_too_large(limit)
                    chunks.append(chunk)
                    if not message.get("more_body"):
                        return b"".join(chunks)
        except TimeoutError:
            raise Problem(408, "body_timeout", "the body did not arrive in time") from None


class Answer:
    """A complete answer: status, body, and headers beside the usual ones."""

    __slots__ = ("_body", "_content_type", "_headers", "status")

    def __init__(
        self,
        status: int,
        body: bytes,
        content_type: bytes = b"application/json",
        headers: Headers = (),
    ) -> None:
        self.status = status
        self._body = body
        self._content_type = content_type
        self._headers = headers

    @classmethod
    def of(cls, problem: Problem) -> "Answer":
        headers = [(name.lower().encode(), str(v).encode()) for name, v in problem.headers.items()]
        return cls(problem.status, problem.body(), CONTENT_TYPE, headers)

    async def send(self, send: Send, request_id: str, more: Headers = ()) -> None:
        # 204 has no body, and says nothing of one (RFC 9110, 8.6)
        of_body = () if self.status == 204 else self._of_body()
        headers = [*of_body, (b"x-request-id", request_id.encode()), *self._headers, *more]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self._body})

    def _of_body(self) -> Headers:
        return (
            (b"content-type", self._content_type),
            (b"content-length", str(len(self._body)).encode()),
        )
