"""The outermost ASGI application: ingest first, everything else on to FastAPI.

What holds for every answer is done here once: the request id, how many are answered at a time,
the host check, other origins, the metrics, and problem+json for what went wrong.
"""

import logging
import time

from telemetry.logs import request_id
from ugc_api.access.admission import RATE_HEADERS
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
from ugc_api.problems import Problem, overloaded
from ugc_api.settings import Settings

log = logging.getLogger(__name__)

_UNMATCHED = "(none)"
_CLIENT_GONE = 499
_HEALTH = ("/healthz", "/readyz")
_TEXTS = {status: str(status) for status in range(1000)}
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
        self._most = settings.max_in_flight

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._rest(scope, receive, send)
            return
        request = Request(scope, receive)
        request.route = route_of(request.path)
        request_id.set(request.id)
        metrics = self._metrics
        started = time.perf_counter()
        metrics.in_progress += 1
        status = 500
        try:
            answer = await self._answer(request)
            if answer is not None:
                status = answer.status
                await answer.send(send, request, self._every(request))
            else:
                status = await self._hand_on(scope, receive, send, request)
        except ClientGone:
            status = _CLIENT_GONE
        finally:
            metrics.in_progress -= 1
            # left there by FastAPI
            found: str = getattr(scope.get("route"), "path", _UNMATCHED)
            route = request.route or found
            method = request.method if request.method in _METHODS else "OTHER"
            metrics.requests.counts[method, route, _TEXTS[status]] += 1
            metrics.seconds.add(time.perf_counter() - started, (route,))

    def _every(self, request: Request) -> Headers:
        """What an answer carries whoever gives it."""
        rate: Headers = request.scope.get(RATE_HEADERS, ())
        return (*rate, *self._cors.headers(request)) if self._cors.open else rate

    async def _answer(self, request: Request) -> Answer | None:
        try:
            if self._metrics.in_progress > self._most and request.path not in _HEALTH:
                raise self._ingest.refused(request, overloaded())
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
        its_id = (b"x-request-id", request.id.encode())

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], its_id, *self._every(request)]
            await send(message)

        await self._rest(scope, receive, send_with_id)
        return status
