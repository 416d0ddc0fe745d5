"""One HTTP connection: uvicorn's, with the limits it lacks and a shorter way out.

- A request of whose head more than MAX_HEAD_BYTES came without an end is answered 431.
- A request is wholly there within MESSAGE_S of its first byte, and the first within as long of the
  connection; else the answer is 408, if there is anything to answer, and the connection ends.
- An answer that is complete when it is given leaves as one write. The application finds the way
  for it in its scope (`WHOLE`).

One timer a connection sees to it, none a request.
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

MESSAGE_S = 10.0
_STATUS_LINES = {
    status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode()
    for status in http.HTTPStatus
}


class Connection(HttpToolsProtocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(cast(asyncio.Transport, transport))
        self._awaited_since: float | None = self.loop.time()  # a whole request is
        self._quiet_since = 0.0
        self._head_bytes = 0
        self._timer = self.loop.call_later(MESSAGE_S, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        self._timer.cancel()
        super().connection_lost(exc)
        if self.scope is not None:
            # Each holds the other: without this they would wait for the garbage collector.
            cast(Scope, self.scope).pop(WHOLE, None)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._awaited_since is not None and self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self._refuse(Problem(431, "headers_too_large", "the request's head is too large"))

    def send_400_response(self, msg: str) -> None:
        self._refuse(Problem(400, "bad_request", "this is not a well-formed HTTP request"))

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._awaited_since = self.loop.time()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._awaited_since = None
        self._head_bytes = 0

    def on_response_complete(self) -> None:
        """As uvicorn's, but without a timer of its own for the time until the next request."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            cycle, app = self.pipeline.pop()
            self._start_asgi_task(cycle, app)
        self._quiet_since = self.loop.time()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._answered = cycle
        cast(Scope, cycle.scope)[WHOLE] = self
        super()._start_asgi_task(cycle, app)

    def answer(self, status: int, headers: bytes, body: bytes) -> bool:
        """Answer the request that was let in last, if that can be done at once; `headers` are
        whole lines."""
        cycle = self._answered
        if self.flow.write_paused or cycle.disconnected or cycle.response_started:
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

    def _look(self) -> None:
        """Ends what takes too long; comes again when something may."""
        now, since = self.loop.time(), self._awaited_since
        answering = self.cycle is not None and not self.cycle.response_complete
        if since is None:
            quiet_s = 0.0 if answering else now - self._quiet_since
            if quiet_s >= self.timeout_keep_alive:
                self.transport.close()
                return
            since = now
        if now - since < MESSAGE_S:
            self._timer = self.loop.call_later(since + MESSAGE_S - now, self._look)
        elif answering and not self._in_head:
            self._cut_off(self.cycle)
        else:
            self.transport.close()

    def _cut_off(self, cycle: RequestResponseCycle) -> None:
        """The application learns that no more will come, and answers that."""
        cast(Scope, cycle.scope)[CUT_OFF] = True
        cycle.more_body = cycle.keep_alive = False
        cycle.message_event.set()

    def _refuse(self, problem: Problem) -> None:
        body = problem.body()
        self.transport.write(
            _STATUS_LINES[problem.status]
            + b"content-type: %s\r\ncontent-length: %d\r\nconnection: close\r\n\r\n"
            % (CONTENT_TYPE, len(body))
            + body
        )
        self.transport.close()
