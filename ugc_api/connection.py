"""One HTTP connection: uvicorn's, with the limits it lacks and a shorter way out.

- A head of which MAX_HEAD_BYTES came without an end, or with more than MOST_HEADERS, is answered
  431.
- A request is wholly there within MESSAGE_S of its first byte, and the first within as long of the
  connection; else the answer is 408, if there is anything to answer, and the connection ends. While
  an answer is under way no clock runs for what comes behind it.
- Who does not read what is answered for STUCK_S is cut off.
- At most MOST_AHEAD requests wait behind the one that is answered.
- No protocol is changed to (`Upgrade`): its body would be taken for the next request.
- An answer that is complete when it is given leaves as one write. The application finds the way
  for it in its scope (`WHOLE`).

What is no request is told so, but never in the place of an answer that is still to come: then the
connection ends after that one. One timer a connection sees to all of it, none a request.
"""

import asyncio
import http
from typing import cast

from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from ugc_api.exchange import CUT_OFF, WHOLE, Scope
from ugc_api.problems import CONTENT_TYPE, Problem

MAX_HEAD_BYTES = 48 * 1024
"""More than nginx passes on (32 KiB)."""

MOST_HEADERS = 128
MESSAGE_S = 10.0
STUCK_S = 10.0
MOST_AHEAD = 32
_STATUS_LINES = {
    status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode()
    for status in http.HTTPStatus
}
_BAD_REQUEST = Problem(400, "bad_request", "this is not a well-formed HTTP request")
_HEAD_TOO_LARGE = Problem(431, "headers_too_large", "the request's head is too large")


class _Refused(Exception):
    """Ends the parsing; what is answered lies beside it."""


class Connection(HttpToolsProtocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(cast(asyncio.Transport, transport))
        self._awaited_since: float | None = self.loop.time()  # a whole request is
        self._stuck_since: float | None = None
        self._quiet_since = 0.0
        self._begun = 0  # requests
        self._head_bytes = 0
        self._answered: RequestResponseCycle | None = None
        self._problem = _BAD_REQUEST
        self._deaf = False  # nothing more is read
        self._timer = self.loop.call_later(MESSAGE_S, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        self._timer.cancel()
        super().connection_lost(exc)
        if self._answered is not None:
            # Each holds the other: without this they would wait for the garbage collector.
            cast(Scope, self._answered.scope).pop(WHOLE, None)

    def data_received(self, data: bytes) -> None:
        if self._deaf:
            return
        begun, was_waiting = self._begun, self._awaited_since is not None and self._begun > 0
        super().data_received(data)
        if self._awaited_since is not None and self._in_head:
            if self._begun == begun:
                self._head_bytes += len(data)
            else:  # what this one shares with others before it does not count
                self._head_bytes = 0 if was_waiting or self._begun > begun + 1 else len(data)
            if self._head_bytes > MAX_HEAD_BYTES or len(self.headers or ()) > MOST_HEADERS:
                self._problem = _HEAD_TOO_LARGE
                self.send_400_response("")

    def send_400_response(self, msg: str) -> None:
        """uvicorn's way out of what cannot be parsed."""
        self._deaf = True
        if self._answering and not self._half_here:
            self.pipeline.clear()
            cast(RequestResponseCycle, self._answered).keep_alive = False
            return
        body = self._problem.body()
        self.transport.write(
            _STATUS_LINES[self._problem.status]
            + b"content-type: %s\r\ncontent-length: %d\r\nconnection: close\r\n\r\n"
            % (CONTENT_TYPE, len(body))
            + body
        )
        self.transport.close()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._begun += 1
        self._awaited_since = self.loop.time()

    def on_headers_complete(self) -> None:
        if len(self.headers) > MOST_HEADERS:
            self._problem = _HEAD_TOO_LARGE
            raise _Refused
        if self.parser.should_upgrade() or len(self.pipeline) >= MOST_AHEAD:
            raise _Refused
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._awaited_since = None

    def on_response_complete(self) -> None:
        """As uvicorn's, but without a timer of its own for the time until the next request, and
        without reading on while some wait already."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        now = self._quiet_since = self.loop.time()
        if self._awaited_since is not None:
            self._awaited_since = now  # until now it waited for us
        if self.pipeline:
            cycle, app = self.pipeline.pop()
            self._start_asgi_task(cycle, app)
        else:
            self.flow.resume_reading()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stuck_since = self.loop.time()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stuck_since = None

    def shutdown(self) -> None:
        """Without waiting for a body whose sender takes his time."""
        super().shutdown()
        if self._answering and self._half_here:
            self._cut_off(self.cycle)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._answered = cycle
        cast(Scope, cycle.scope)[WHOLE] = self
        super()._start_asgi_task(cycle, app)

    def answer(self, status: int, headers: bytes, body: bytes) -> bool:
        """Answer the request that was let in last, if that can be done at once; `headers` are
        whole lines."""
        cycle = self._answered
        if cycle is None or self.flow.write_paused or cycle.disconnected or cycle.response_started:
            return False
        cycle.response_started = cycle.response_complete = True
        cycle.waiting_for_100_continue = False
        lines = [_STATUS_LINES[status]]
        for name, value in cycle.default_headers:
            lines += (name, b": ", value, b"\r\n")
        lines += (headers, b"\r\n" if cycle.keep_alive else b"connection: close\r\n\r\n", body)
        self.transport.write(b"".join(lines))
        cycle.message_event.set()
        if not cycle.keep_alive:
            self.transport.close()
        cycle.on_response()
        return True

    @property
    def _in_head(self) -> bool:
        return self.scope is None or "path" not in self.scope

    @property
    def _half_here(self) -> bool:
        """Of the request that is answered more is to come."""
        waits = self._awaited_since is not None and not self._in_head
        return waits and self.cycle is self._answered

    @property
    def _answering(self) -> bool:
        return self._answered is not None and not self._answered.response_complete

    def _look(self) -> None:
        """Ends what takes too long; comes again when something may."""
        now, since = self.loop.time(), self._awaited_since
        if self._stuck_since is not None and now - self._stuck_since >= STUCK_S:
            self.transport.abort()  # `close` would wait for the reader
            return
        if since is None or (self._answering and not self._half_here):
            if not self._answering and now - self._quiet_since >= self.timeout_keep_alive:
                self.transport.close()
                return
            since = now
        if now - since < MESSAGE_S:
            self._timer = self.loop.call_later(since + MESSAGE_S - now, self._look)
        elif self._answering:
            self._cut_off(self.cycle)
            self._timer = self.loop.call_later(MESSAGE_S, self._look)
        else:
            self.transport.close()

    def _cut_off(self, cycle: RequestResponseCycle) -> None:
        """The application learns that no more will come, and answers that."""
        self._deaf = True
        self._awaited_since = None
        cast(Scope, cycle.scope)[CUT_OFF] = True
        cycle.more_body = cycle.keep_alive = False
        cycle.message_event.set()
