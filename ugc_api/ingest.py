"""The ingest routes: take one event of this viewer, publish it, answer.

202 is said after Kafka's ack and only then. Without an ack in time the answer is 503, which means
"unknown": it names the `event_id` and `event_time` with which to send the same event again, and
sending it again can never count it twice.
"""

import logging
import math
import time

from ugc_api.exchange import Answer, Request
from ugc_api.metrics import Metrics
from ugc_api.problems import Problem, method_not_allowed, unauthorized
from ugc_api.publisher import NotAcknowledged, Publisher, Receipt
from ugc_api.rate import RateLimit
from ugc_api.reports import event_of, film, now
from ugc_api.tokens import InvalidToken, Tokens, Viewer
from ugc_events import ViewProgress

log = logging.getLogger(__name__)

ROUTE = "/api/v1/progresses/films/{film_id}"
MAX_BODY_BYTES = 64 * 1024
_PREFIX = ROUTE.removesuffix("{film_id}")


class Ingest:
    """Answers what it knows; `answer` returns None for an address that is not an ingest route."""

    def __init__(
        self, tokens: Tokens, rate: RateLimit, publisher: Publisher, metrics: Metrics
    ) -> None:
        self._tokens = tokens
        self._rate = rate
        self._publisher = publisher
        self._metrics = metrics

    async def answer(self, request: Request) -> Answer | None:
        """Raises Problem."""
        segment = film_segment(request.path)
        if segment is None:
            return None
        if request.method != "POST":
            raise method_not_allowed("POST")
        try:
            return await self._post_progress(request, segment)
        except Problem as problem:
            self._metrics.refused.labels(problem.code).inc()
            log.info(
                "event refused",
                extra={"code": problem.code, "status": problem.status, "reason": problem.reason},
            )
            raise

    async def _post_progress(self, request: Request, segment: str) -> Answer:
        viewer = self._admit(request)
        body = await request.json_body(MAX_BODY_BYTES)
        event = event_of(body, film(segment), viewer, received_at=now())
        receipt = await self._publish(event, request)
        self._metrics.received.inc()
        return _accepted(event, receipt)

    def _admit(self, request: Request) -> Viewer:
        try:
            viewer = self._tokens.viewer(request.headers.get(b"authorization"))
        except InvalidToken as refusal:
            self._metrics.auth_failures.labels(refusal.reason).inc()
            raise unauthorized(refusal.reason) from None
        wait = self._rate.wait(viewer.id, time.monotonic())
        if wait:
            raise Problem(
                429,
                "rate_limited",
                "too many events of this user",
                headers={"Retry-After": str(math.ceil(wait))},
            )
        return viewer

    async def _publish(self, event: ViewProgress, request: Request) -> Receipt | None:
        headers = [("request_id", request.id.encode())]
        if request.traceparent is not None:
            headers.append(("traceparent", request.traceparent))
        try:
            return await self._publisher.publish(event, headers)
        except NotAcknowledged as failure:
            self._metrics.produce_errors.labels(failure.reason).inc()
            raise Problem(
                503,
                "not_acknowledged",
                "Kafka did not acknowledge the event, it may be stored or not: send it again, with "
                "this event_id and event_time",
                headers={"Retry-After": "1"},
                extra=_identity(event),
                reason=failure.reason,
            ) from failure


def film_segment(path: str) -> str | None:
    """The film's place in the address of this route, with or without a slash at the end."""
    if not path.startswith(_PREFIX):
        return None
    segment = path[len(_PREFIX) :].removesuffix("/")
    return None if not segment or "/" in segment else segment


def _accepted(event: ViewProgress, receipt: Receipt | None) -> Answer:
    known = _identity(event)
    at = "null" if receipt is None else f'"{receipt}"'
    body = (
        f'{{"event_id":"{known["event_id"]}","event_time":"{known["event_time"]}","receipt":{at}}}'
    )
    return Answer(202, body.encode())


def _identity(event: ViewProgress) -> dict[str, str]:
    moment = event.event_time.isoformat(timespec="milliseconds")
    return {"event_id": str(event.event_id), "event_time": moment.replace("+00:00", "Z")}
