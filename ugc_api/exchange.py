"""One HTTP request and its answer, on bare ASGI: no more than the ingest routes need."""

import os
import re
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from itertools import count
from typing import Any

from ugc_api.problems import CONTENT_TYPE, Problem, body_too_large

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = Sequence[tuple[bytes, bytes]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]

CUT_OFF = "ugc.cut_off"
"""In the scope of a request whose body did not arrive in time: no more of it will come."""

WHOLE = "ugc.whole"
"""In the scope, where the server has it: `answer(status, header lines, body)` sends an answer at
once and whole. False = not now, it has to go the usual way."""

_JSON = b"application/json"
_PLAIN = (b"", b"identity")
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_TRACEPARENT = re.compile(rb"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


class ClientGone(Exception):
    """The connection ended before the body did: there is nobody to answer."""


class Request:
    """What a handler may ask of the request. `id` is the caller's if well formed, else ours."""

    __slots__ = ("_receive", "headers", "id", "method", "path", "route", "scope")

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.scope = scope
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        if len(self.headers) < len(scope["headers"]):
            self._join(b"authorization")
        self.route: str | None = None  # of ours, that the path belongs to
        self._receive = receive
        given = self.headers.get(b"x-request-id")
        self.id = given.decode() if given and _REQUEST_ID.fullmatch(given) else _new_id()

    def _join(self, name: bytes) -> None:
        """Of a header that came twice neither value counts alone: together, with the comma of RFC
        9110 (5.3), two tokens are none."""
        given = [value for other, value in self.scope["headers"] if other == name]
        if given:
            self.headers[name] = b", ".join(given)

    @property
    def traceparent(self) -> bytes | None:
        """The W3C trace context, if well formed."""
        given = self.headers.get(b"traceparent")
        return given if given and _TRACEPARENT.fullmatch(given) else None

    @property
    def record_headers(self) -> list[tuple[str, bytes]]:
        """What goes with this request's events into Kafka."""
        headers = [("request_id", self.id.encode())]
        if (traceparent := self.traceparent) is not None:
            headers.append(("traceparent", traceparent))
        return headers

    @property
    def media_type(self) -> bytes:
        """Of the body, lowered and without parameters."""
        return self.headers.get(b"content-type", b"").partition(b";")[0].strip().lower()

    @property
    def content_encoding(self) -> bytes:
        return self.headers.get(b"content-encoding", b"").strip().lower()

    def expected_bytes(self, limit: int) -> int:
        """Of the body as it is declared; `limit` where nothing is."""
        declared = self.headers.get(b"content-length", b"")
        return int(declared[:20]) if declared.isdigit() else limit

    async def json_body(self, limit: int) -> bytes:
        """The bytes of a plain JSON body. Raises Problem 415, and what `body` raises."""
        if self.headers.get(b"content-type") != _JSON and self.media_type != _JSON:
            raise Problem(415, "unsupported_media_type", "Content-Type must be application/json")
        if b"content-encoding" in self.headers and self.content_encoding not in _PLAIN:
            raise Problem(415, "unsupported_encoding", "this route takes no Content-Encoding")
        return await self.body(limit)

    async def body(self, limit: int) -> bytes:
        """The bytes of the body, at most `limit`, as they were sent.

        Raises Problem 413 before reading what it need not, 408 when the body does not come, and
        ClientGone.
        """
        if self.expected_bytes(limit) > limit:
            raise body_too_large(limit)
        message = await self._receive()
        if not message.get("more_body") and message["type"] == "http.request":
            return self._checked(message.get("body", b""), limit)  # nearly always
        chunks: list[bytes] = []
        size = 0
        while True:
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
                return self._checked(b"".join(chunks), limit)
            message = await self._receive()

    def _checked(self, body: bytes, limit: int) -> bytes:
        if CUT_OFF in self.scope:
            raise Problem(408, "body_timeout", "the body did not arrive in time")
        if len(body) > limit:
            raise body_too_large(limit)
        return body


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

    async def send(self, send: Send, request: Request, more: Headers = ()) -> None:
        way = request.scope.get(WHOLE)
        if way is not None and request.method == "POST":
            whole = b"content-type: %s\r\ncontent-length: %d\r\nx-request-id: %s\r\n" % (
                self._content_type,
                len(self._body),
                request.id.encode(),
            )
            for header in (*self._headers, *more):
                whole += b"%s: %s\r\n" % header
            if way.answer(self.status, whole, self._body):
                return
        # 204 has no body, and says nothing of one (RFC 9110, 8.6)
        of_body = () if self.status == 204 else self._of_body()
        headers = [*of_body, (b"x-request-id", request.id.encode()), *self._headers, *more]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self._body})

    def _of_body(self) -> Headers:
        return (
            (b"content-type", self._content_type),
            (b"content-length", str(len(self._body)).encode()),
        )


_ids = count(int.from_bytes(os.urandom(16), "big") >> 2)


def _new_id() -> str:
    """Like no other, and no secret: counted on from a random start."""
    return f"{next(_ids):032x}"
