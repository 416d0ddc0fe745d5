"""The batch route: many reports of a viewer at once, each with an answer of its own.

What is valid goes in; what is not is named by its index; and what Kafka did not acknowledge is
named too, with what to repeat.
"""

import asyncio
import logging
from collections.abc import Sequence

import msgspec

from ugc_api.access.admission import Admission
from ugc_api.access.tokens import Viewer
from ugc_api.exchange import Answer, Request
from ugc_api.ingest.events import event_of
from ugc_api.ingest.identities import now
from ugc_api.ingest.inflation import inflated
from ugc_api.ingest.outcome import Outcome
from ugc_api.ingest.reports import FilmProgressReport, read, read_all
from ugc_api.ingest.room import MIB, Room
from ugc_api.ingest.split import split
from ugc_api.ingest.turns import Turns
from ugc_api.metrics import Metrics
from ugc_api.problems import Problem
from ugc_api.publishing.publisher import Publisher

log = logging.getLogger(__name__)

MAX_BODY_BYTES = 4 * MIB
"""Compressed, and inflated."""

READING_BYTES = 64 * MIB
"""Of bodies that are on their way here, as long as they say they are."""

_SOME = 64  # reports read before other requests go on: half a millisecond
_decoder = msgspec.json.Decoder(FilmProgressReport)
_some_decoder = msgspec.json.Decoder(list[FilmProgressReport])


class Batches:
    def __init__(self, admission: Admission, publisher: Publisher, metrics: Metrics) -> None:
        self._admission = admission
        self._publisher = publisher
        self._metrics = metrics
        self._room = Room(READING_BYTES)
        self._turns = Turns()

    async def post(self, request: Request) -> Answer:
        """Raises Problem when nothing of the batch went in."""
        viewer = await self._admission.viewer(request.headers.get(b"authorization"), request.scope)
        with self._room.of(min(request.expected_bytes(MAX_BODY_BYTES), MAX_BODY_BYTES)):
            body = await request.body(MAX_BODY_BYTES)
            plain = inflated(body, request.content_encoding, MAX_BODY_BYTES)
            del body
        async with self._turns.of(len(plain)):
            outcome = await self._read(split(plain, request.media_type), viewer, request)
            await self._publish(outcome, viewer, request)
        self._account(outcome)
        minimal = b"return=minimal" in request.headers.get(b"prefer", b"").replace(b" ", b"")
        return outcome.answer(minimal)

    async def _read(self, reports: Sequence[bytes], viewer: Viewer, request: Request) -> Outcome:
        """All of them count against the viewer's rate; the first was counted on its way in."""
        self._admission.count(viewer, len(reports) - 1, request.scope)
        outcome = Outcome()
        received_at = now()
        for start in range(0, len(reports), _SOME):
            some = reports[start : start + _SOME]
            good = read_all(_some_decoder, some)
            for index, bytes_of_report in enumerate(some):
                try:
                    report = good[index] if good else read(_decoder, bytes_of_report)
                    outcome.take(
                        start + index, event_of(report, report.film_id, viewer, received_at)
                    )
                except Problem as problem:
                    outcome.refuse(start + index, problem)
            await asyncio.sleep(0)
        return outcome

    async def _publish(self, outcome: Outcome, viewer: Viewer, request: Request) -> None:
        """What was not acknowledged is given back: sending it again is free."""
        if not outcome.events:
            return
        failures = await self._publisher.publish_all(outcome.events, request.record_headers)
        for at, failure in enumerate(failures):
            if failure is not None:
                outcome.lose_sight_of(at)
                self._metrics.produce_errors.labels(failure.reason).inc()
        self._admission.count(viewer, outcome.accepted - len(outcome.events), request.scope)

    def _account(self, outcome: Outcome) -> None:
        self._metrics.received.counts[()] += outcome.accepted
        codes = outcome.codes
        for code, times in codes.items():
            self._metrics.refused.labels(code).inc(times)
        if codes:
            log.info("events of a batch refused", extra={"codes": codes})
