"""What was accepted, request by request, and what the topic and the table hold because of it.

Each record of the topic names its request, so what no answer stands for has a culprit.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import jsonschema
import msgspec
from aiokafka import ConsumerRecord

from simulator.ledger import Identity
from simulator.records import EventRow
from tests.fuzz.sent import Promised
from tests.unit.ugc_events.schema import COMMITTED
from ugc_events import UnreadableEvent, ViewProgress, decode

_HALF_A_MILLISECOND = 0.000_501
_schema = jsonschema.Draft202012Validator(
    msgspec.json.decode(COMMITTED.read_bytes()), format_checker=jsonschema.FormatChecker()
)


@dataclass
class Ledger:
    """`accepted` by the request's id."""

    accepted: dict[str, Sequence[Promised]] = field(default_factory=dict)

    @property
    def events(self) -> int:
        return sum(map(len, self.accepted.values()))

    def complaints(
        self, records: Sequence[ConsumerRecord], rows: Sequence[EventRow]
    ) -> Iterator[str]:
        """The topic against what was accepted, then the table against the topic."""
        by_request: defaultdict[str, list[ViewProgress]] = defaultdict(list)
        for record in records:
            request = dict(record.headers).get("request_id", b"(none)").decode()
            by_request[request] += _events(record)
            yield from _breaches(request, record.value)
        for request in self.accepted.keys() | by_request.keys():
            yield from _unequal(request, self.accepted.get(request, ()), by_request[request])
        yield from _differing([event for found in by_request.values() for event in found], rows)


def identities(records: Sequence[ConsumerRecord]) -> int:
    """How many different events these are."""
    events = [event for record in records for event in _events(record)]
    return len({(event.user_id, event.film_id, event.event_id) for event in events})


def _events(record: ConsumerRecord) -> Sequence[ViewProgress]:
    """None, if it is unreadable: what is wrong with it is said elsewhere."""
    try:
        return [decode(record.value)]
    except UnreadableEvent:
        return []


def _breaches(request: str, value: bytes) -> Iterator[str]:
    """Of the contract, as its published schema has it and says beyond."""
    said = msgspec.json.decode(value)
    for error in _schema.iter_errors(said):
        yield f"{request}: stored against the contract: {error.message}"
    happened, received = (datetime.fromisoformat(said[n]) for n in ("event_time", "received_at"))
    if not -timedelta(minutes=5) <= received - happened <= timedelta(days=30):
        yield f"{request}: stored with an event_time out of the window: {said}"
    if said["progress"] > said["total"] > 0:
        yield f"{request}: stored beyond its total: {said}"


def _unequal(
    request: str, promised: Sequence[Promised], stored: Sequence[ViewProgress]
) -> Iterator[str]:
    left = list(stored)
    # Those that say most of themselves choose first.
    for event in sorted(promised, key=lambda one: (one.event_id is None, one.event_time is None)):
        found = next((one for one in left if _is(event, one)), None)
        if found is None:
            yield f"{request}: accepted, but not in the topic: {event}"
        else:
            left.remove(found)
    for one in left:
        yield f"{request}: in the topic, but no answer accepted it: {one}"


def _is(promised: Promised, event: ViewProgress) -> bool:
    return (
        (promised.user, promised.film) == (event.user_id, event.film_id)
        and abs(promised.progress - event.progress) <= _HALF_A_MILLISECOND
        and abs(promised.total - event.total) <= _HALF_A_MILLISECOND
        and promised.event_id in (None, event.event_id)
        and promised.event_time in (None, event.event_time)
    )


def _differing(events: Sequence[ViewProgress], rows: Sequence[EventRow]) -> Iterator[str]:
    """The first delivery of an identity stands."""
    expected: defaultdict[Identity, list[ViewProgress]] = defaultdict(list)
    for event in sorted(events, key=lambda one: one.received_at):
        same = expected[event.user_id, event.film_id, event.event_id]
        if not same or same[0].received_at == event.received_at:
            same.append(event)
    stored: Mapping[Identity, EventRow] = {(r.user_id, r.film_id, r.event_id): r for r in rows}
    if len(stored) != len(rows):
        yield f"{len(rows) - len(stored)} rows of movies.views FINAL are there twice"
    for identity in expected.keys() - stored.keys():
        yield f"in the topic, but not in movies.views: {identity}"
    for identity, row in stored.items():
        if not any(_holds(row, event) for event in expected.get(identity, ())):
            yield f"in movies.views, but not so in the topic: {row}"


def _holds(row: EventRow, event: ViewProgress) -> bool:
    return (row.progress, row.total, row.event_time.astimezone(UTC)) == (
        event.progress,
        event.total,
        event.event_time,
    )
