"""The ingest routes: take one event of this viewer, publish it, answer.

202 is said after Kafka's ack and only then. Without an ack in time the answer is 503, which means
"unknown": it names the `event_id` and `event_time` with which to send the same event again, and
sending it again can never count it twice.
"""

import logging

import msgspec

from ugc_api.access.admission import Admission
from ugc_api.exchange import Answer, Request
from ugc_api.ingest.batches import Batches
from ugc_api.ingest.events import event_of, event_of_offset
from ugc_api.ingest.identities import named, now
from ugc_api.ingest.reports import ProgressReport, ViewOffset, film, read
from ugc_api.metrics import Metrics
from ugc_api.problems import Problem, method_not_allowed
from ugc_api.publishing.publisher import NotAcknowledged, Publisher, Receipt
from ugc_events import ViewProgress

log = logging.getLogger(__name__)

ONE = "/api/v1/progresses/films/{film_id}"
MANY = "/api/v1/progresses"
OFFSETS = "/bigdata-api/v1/producer/views"
"""The routes; a slash at the end changes nothing."""

MAX_BODY_BYTES = 64 * 1024
_FILMS = ONE.removesuffix("{film_id}")
_progress = msgspec.json.Decoder(ProgressReport)
_offset = msgspec.json.Decoder(ViewOffset)
_ACKNOWLEDGED = b'{"message":"acknowledged","status":"success"}'


class Ingest:
    """Answers POSTs to the routes above; `answer` returns None for what is not its own."""

    def __init__(self, admission: Admission, publisher: Publisher, metrics: Metrics) -> None:
        self._admission = admission
        self._publisher = publisher
        self._metrics = metrics
        self._batches = Batches(admission, publisher, metrics)

    async def answer(self, request: Request) -> Answer | None:
        """Raises Problem."""
        route = request.route
        if route is None:
            return None
        if request.method != "POST":
            if route != OFFSETS and request.method in ("GET", "HEAD"):
                return None  # what was reported is read there
            raise method_not_allowed("POST" if route == OFFSETS else "GET, POST")
        try:
            if route == ONE:
                return await self._post_progress(request)
            if route == MANY:
                return await self._batches.post(request)
            return await self._post_offset(request)
        except Problem as problem:
            raise self.refused(request, problem) from problem.__cause__

    def refused(self, request: Request, problem: Problem) -> Problem:
        """The same, counted and logged, if it would have been an event."""
        if request.route is not None:
            self._metrics.refused.labels(problem.code).inc()
            log.info(
                "event refused",
                extra={"code": problem.code, "status": problem.status, "reason": problem.reason},
            )
        return problem

    async def _post_progress(self, request: Request) -> Answer:
        viewer = await self._admission.viewer(request.headers.get(b"authorization"), request.scope)
        report = read(_progress, await request.json_body(MAX_BODY_BYTES))
        event = event_of(report, film(_segment(request.path)), viewer, received_at=now())
        receipt = await self._publish(event, request)
        return _accepted(event, receipt)

    async def _post_offset(self, request: Request) -> Answer:
        viewer = await self._admission.viewer(request.headers.get(b"authorization"), request.scope)
        report = read(_offset, await request.json_body(MAX_BODY_BYTES))
        await self._publish(event_of_offset(report, viewer, received_at=now()), request)
        return Answer(201, _ACKNOWLEDGED)

    async def _publish(self, event: ViewProgress, request: Request) -> Receipt | None:
        try:
            receipt = await self._publisher.publish(event, request.record_headers)
        except NotAcknowledged as failure:
            self._metrics.produce_errors.labels(failure.reason).inc()
            raise Problem(
                503,
                "not_acknowledged",
                "Kafka did not acknowledge the event, it may be stored or not: send it again, with "
                "this event_id and event_time",
                headers={"Retry-After": "1"},
                extra=named(event),
                reason=failure.reason,
            ) from failure
        self._metrics.received.counts[()] += 1
        return receipt


def route_of(path: str) -> str | None:
    """Which of the routes an address belongs to."""
    if path.startswith(_FILMS):
        segment = _segment(path)
        return ONE if segment and "/" not in segment else None
    bare = path.removesuffix("/")
    return bare if bare in (MANY, OFFSETS) else None


def _segment(path: str) -> str:
    """The film's place in the address of one event."""
    return path[len(_FILMS) :].removesuffix("/")


def _accepted(event: ViewProgress, receipt: Receipt | None) -> Answer:
    known = named(event)
    at = "null" if receipt is None else f'"{receipt.partition}-{receipt.offset}"'
    body = (
        f'{{"event_id":"{known["event_id"]}","event_time":"{known["event_time"]}","receipt":{at}}}'
    )
    return Answer(202, body.encode())
