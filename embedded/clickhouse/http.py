"""ClickHouse's HTTP interface: a pure ASGI application, one query a request."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

import orjson

from . import metrics
from .body import Body, ClientLeft, Receive
from .encodings import deflate, inflater, preferred
from .engine import Engine
from .errors import Refused, ServerError
from .queries import Answer, Query
from .refusals import Screen
from .requests import Request, comes_from_here, read_request
from .sessions import Sessions
from .users import Users

SLOW_S = 1.0
"""A query at least this long gets a log line; so does every failed one."""
_DISPLAY_NAME = b"ugc-embedded"
_CONTENT_TYPES = {
    "tabseparated": b"text/tab-separated-values; charset=UTF-8",
    "tsv": b"text/tab-separated-values; charset=UTF-8",
    "csv": b"text/csv; charset=UTF-8",
    "json": b"application/json; charset=UTF-8",
    "pretty": b"text/plain; charset=UTF-8",
    "vertical": b"text/plain; charset=UTF-8",
}

Headers = list[tuple[bytes, bytes]]
Send = Callable[[Any], Awaitable[None]]

log = logging.getLogger(__name__)


class Front:
    """Answers requests from the engine; its lifespan ends the sessions and the engine."""

    def __init__(self, engine: Engine, users: Users, screen: Screen, only_here: bool) -> None:
        self._engine = engine
        self._sessions = Sessions(engine)
        self._users = users
        self._screen = screen
        # where somebody comes in without a password: a page in a browser must not
        self._only_here = only_here

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif self._only_here and not comes_from_here(scope):
            await _send(send, 403, b"Only for programs on this machine, not for web pages.\n", [])
        elif scope["path"] not in ("/", "/ping"):
            await _send(send, 404, b"There is no handle for this path.\n", [])
        elif scope["path"] == "/ping" or _asks_nothing(scope):
            await _send(send, 200, b"Ok.\n", [(b"content-type", b"text/html; charset=UTF-8")])
        elif scope["method"] not in ("GET", "POST"):
            await _send(send, 501, b"Only GET and POST are implemented.\n", [])
        else:
            await self._query(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self._sessions.close()
        await self._engine.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _query(self, scope: Any, receive: Receive, send: Send) -> None:
        started = time.monotonic()
        seen = _Seen()
        metrics.RUNNING.inc()
        try:
            request = read_request(scope)
            seen.query_id = request.query_id
            answer = await self._answer(request, receive, seen)
            seen.rows = answer.result.written_rows
            await _send(send, 200, *await _encoded(request, answer))
        except ServerError as error:
            seen.result = str(error.code)
            if isinstance(error, Refused):
                metrics.REFUSED.inc()
            await _send(
                send,
                error.status,
                error.text.encode("utf-8", "replace") + b"\n",
                [
                    (b"content-type", b"text/plain; charset=UTF-8"),
                    (b"x-clickhouse-query-id", _header(seen.query_id)),
                    (b"x-clickhouse-exception-code", b"%d" % error.code),
                ],
            )
        except (ClientLeft, asyncio.CancelledError):
            # Nobody to answer: the client has gone, or the server stops. The query is cancelled.
            seen.result = "cancelled"
        finally:
            metrics.RUNNING.dec()
            seen.report(time.monotonic() - started)

    async def _answer(self, request: Request, receive: Receive, seen: "_Seen") -> Answer:
        user = self._users.authenticate(request.user, request.password)
        body = Body(receive, inflater(request.content_encoding))
        # A readonly connection takes no more settings: it cannot serve a second request.
        keeps = request.session_id and not user.readonly and request.readonly is None
        key = (user.name, request.session_id) if keeps else None
        async with self._sessions.borrow(key, request.session_timeout_s) as connection:
            query = Query(request, user, self._screen, connection)
            try:
                return await query.run(body, receive)
            finally:
                seen.kind = query.kind
                if key is not None and (names := query.names_set()):
                    await connection.unset(names)


class _Seen:
    """What is told about a query when it is over: never its text, values or rows."""

    def __init__(self) -> None:
        self.query_id = ""
        self.kind = "read"
        self.result = "ok"
        self.rows = 0

    def report(self, seconds: float) -> None:
        metrics.QUERIES.labels(self.kind, self.result).inc()
        metrics.DURATION.labels(self.kind).observe(seconds)
        if self.kind == "insert" and self.result == "ok":
            metrics.INSERTED_ROWS.inc(self.rows)
        if self.result != "ok" or seconds >= SLOW_S:
            details = {"query_id": self.query_id, "kind": self.kind, "seconds": round(seconds, 3)}
            message = "slow query" if self.result == "ok" else "query failed"
            log.info(message, extra={**details, "code": self.result})


def _asks_nothing(scope: Any) -> bool:
    return bool(scope["method"] == "GET" and b"query=" not in scope["query_string"])


async def _encoded(request: Request, answer: Answer) -> tuple[bytes, Headers]:
    """The body as the client takes it, with the headers that ClickHouse's clients read."""
    result = answer.result
    summary = {
        "read_rows": str(result.read_rows),
        "read_bytes": str(result.read_bytes),
        "written_rows": str(result.written_rows),
        "written_bytes": str(result.written_bytes),
        "total_rows_to_read": "0",
        "result_rows": str(result.result_rows),
        "result_bytes": str(len(result.body)),
        "elapsed_ns": str(result.elapsed_ns),
    }
    content_type = next(
        (
            value
            for prefix, value in _CONTENT_TYPES.items()
            if answer.format.lower().startswith(prefix)
        ),
        b"application/octet-stream",
    )
    headers: Headers = [
        (b"content-type", content_type),
        (b"x-clickhouse-query-id", _header(request.query_id)),
        (b"x-clickhouse-format", _header(answer.format)),
        (b"x-clickhouse-timezone", b"UTC"),
        (b"x-clickhouse-server-display-name", _DISPLAY_NAME),
        (b"x-clickhouse-summary", orjson.dumps(summary)),
    ]
    body = result.body
    encoding = preferred(request.compressed_answer)
    if encoding and body:
        body = await asyncio.to_thread(deflate, body, encoding)
        headers.append((b"content-encoding", encoding.encode()))
    return body, headers


def _header(text: str) -> bytes:
    """A client's own text in a header: it must not end the line."""
    printable = "".join(letter for letter in text[:200] if " " <= letter <= "~")
    return printable.encode()


async def _send(send: Send, status: int, body: bytes, headers: Headers) -> None:
    headers = [*headers, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
