"""The outermost ASGI application: ingest first, everything else on to FastAPI.

What holds for every answer is done here once: the request id, the host check, the metrics, and
problem+json for what went wrong.
"""

import logging
import time

from telemetry.logs import request_id
from ugc_api.exchange import Answer, ASGIApp, ClientGone, Message, Receive, Request, Scope, Send
from ugc_api.ingest import ROUTE, Ingest, film_segment
from ugc_api.metrics import Metrics
from ugc_api.problems import Problem

log = logging.getLogger(__name__)

_UNMATCHED = "(none)"
_CLIENT_GONE = 499
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Front:
    def __init__(
        self, ingest: Ingest, rest: ASGIApp, metrics: Metrics, allowed_hosts: str = "*"
    ) -> None:
        self._ingest = ingest
        self._rest = rest
        self._metrics = metrics
        hosts = frozenset(host.strip().lower().encode() for host in allowed_hosts.split(","))
        self._hosts = None if b"*" in hosts else hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._rest(scope, receive, send)
            return
        request = Request(scope, receive)
        request_id.set(request.id)
        started = time.perf_counter()
        self._metrics.in_progress += 1
        status = 500
        try:
            answer = await self._answer(request)
            if answer is not None:
                status = answer.status
                await answer.send(send, request.id)
            else:
                status = await self._hand_on(scope, receive, send, request.id)
        except ClientGone:
            status = _CLIENT_GONE
        finally:
            self._metrics.in_progress -= 1
            known = getattr(scope.get("route"), "path", _UNMATCHED)  # FastAPI leaves it there
            route = ROUTE if film_segment(request.path) else known
            method = request.method if request.method in _METHODS else "OTHER"
            self._metrics.requests.labels(method, route, status).inc()
            self._metrics.seconds.labels(route).observe(time.perf_counter() - started)

    async def _answer(self, request: Request) -> Answer | None:
        try:
            self._check_host(request)
            return await self._ingest.answer(request)
        except Problem as problem:
            return Answer.of(problem)
        except ClientGone:
            raise
        except Exception:
            log.exception("unexpected error")
            return Answer.of(Problem(500, "internal_error", "something is wrong here"))

    def _check_host(self, request: Request) -> None:
        if self._hosts is None:
            return
        host = request.headers.get(b"host", b"").lower()
        name = host if host.endswith(b"]") else host.rpartition(b":")[0] or host
        if name not in self._hosts:
            raise Problem(400, "host_not_allowed", "this host is not served here")

    async def _hand_on(self, scope: Scope, receive: Receive, send: Send, identity: str) -> int:
        """The status of FastAPI's answer, which gets the request id on its way out."""
        status = 500

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", identity.encode())]
            await send(message)

        await self._rest(scope, receive, send_with_id)
        return status
