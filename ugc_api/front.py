"""The outermost ASGI application: ingest first, everything else on to FastAPI.

What holds for every answer is done here once: the request id, the host check, other origins, the
metrics, and problem+json for what went wrong.
"""

import logging
import time

from telemetry.logs import request_id
from ugc_api.cors import Cors
from ugc_api.documents import DocumentsPassword
from ugc_api.exchange import (
    Answer,
    ASGIApp,
    ClientGone,
    Headers,
    Message,
    Receive,
    Request,
    Scope,
    Send,
)
from ugc_api.ingest.routes import Ingest, route_of
from ugc_api.metrics import Metrics
from ugc_api.problems import Problem
from ugc_api.settings import Settings

log = logging.getLogger(__name__)

_UNMATCHED = "(none)"
_CLIENT_GONE = 499
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Front:
    def __init__(self, ingest: Ingest, rest: ASGIApp, metrics: Metrics, settings: Settings) -> None:
        self._ingest = ingest
        self._rest = rest
        self._metrics = metrics
        self._cors = Cors(settings.cors_origins)
        self._documents = DocumentsPassword(settings)
        hosts = frozenset(h.strip().lower().encode() for h in settings.allowed_hosts.split(","))
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
                await answer.send(send, request.id, self._cors.headers(request))
            else:
                status = await self._hand_on(scope, receive, send, request)
        except ClientGone:
            status = _CLIENT_GONE
        finally:
            self._metrics.in_progress -= 1
            known = getattr(scope.get("route"), "path", _UNMATCHED)  # FastAPI leaves it there
            route = route_of(request.path) or known
            method = request.method if request.method in _METHODS else "OTHER"
            self._metrics.requests.labels(method, route, status).inc()
            self._metrics.seconds.labels(route).observe(time.perf_counter() - started)

    async def _answer(self, request: Request) -> Answer | None:
        try:
            self._check_host(request)
            self._documents.check(request)
            return self._cors.preflight(request) or await self._ingest.answer(request)
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

    async def _hand_on(self, scope: Scope, receive: Receive, send: Send, request: Request) -> int:
        """The status of FastAPI's answer, which gets what every answer has on its way out."""
        status = 500
        more: Headers = [(b"x-request-id", request.id.encode()), *self._cors.headers(request)]

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *more]
            await send(message)

        await self._rest(scope, receive, send_with_id)
        return status
