"""The ledger of the fuzz notices what is missing, too much, twice, or not as it was sent."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec.structs import replace

from simulator.records import EventRow
from tests.fuzz.ledger import Ledger
from tests.fuzz.sent import Promised
from tests.integration.pipeline.topic import fresh
from ugc_events import ViewProgress, encode

EVENT = fresh()
LATER = replace(EVENT, progress=0.0, received_at=EVENT.received_at.replace(microsecond=999_000))


def promise(event: ViewProgress) -> Promised:
    return Promised(
        event.user_id,
        event.film_id,
        event.progress,
        event.total,
        event.event_time,
        event.event_id,
    )


def record(event: ViewProgress, request: str = "r1") -> Any:
    return SimpleNamespace(value=encode(event), headers=[("request_id", request.encode())])


def row(event: ViewProgress) -> EventRow:
    return EventRow(*(getattr(event, name) for name in EventRow._fields))


def complaints(
    promised: Sequence[ViewProgress], records: Sequence[Any], rows: Sequence[ViewProgress]
) -> str:
    ledger = Ledger({"r1": [*map(promise, promised)]})
    return "\n".join(ledger.complaints(records, [*map(row, rows)]))


def test_it_is_content_when_all_of_it_is_there_once() -> None:
    assert complaints([EVENT], [record(EVENT)], [EVENT]) == ""


def test_a_repetition_is_content_with_the_first_delivery() -> None:
    assert complaints([EVENT, LATER], [record(EVENT), record(LATER)], [EVENT]) == ""


@pytest.mark.parametrize(
    ("promised", "records", "rows", "said"),
    [
        ([EVENT], [], [], "accepted, but not in the topic"),
        ([], [record(EVENT)], [EVENT], "in the topic, but no answer accepted it"),
        ([EVENT], [record(EVENT, "another")], [EVENT], "another: in the topic, but no answer"),
        ([EVENT], [record(EVENT)] * 2, [EVENT], "in the topic, but no answer accepted it"),
        ([EVENT], [record(replace(EVENT, progress=0.5))], [EVENT], "accepted, but not in the"),
        ([EVENT], [record(EVENT)], [], "in the topic, but not in movies.views"),
        ([EVENT], [record(EVENT)], [EVENT, EVENT], "are there twice"),
        ([EVENT], [record(EVENT)], [EVENT, fresh()], "in movies.views, but not so in the topic"),
        ([EVENT, LATER], [record(EVENT), record(LATER)], [LATER], "but not so in the topic"),
    ],
)
def test_it_complains(
    promised: Sequence[ViewProgress],
    records: Sequence[Any],
    rows: Sequence[ViewProgress],
    said: str,
) -> None:
    assert said in complaints(promised, records, rows)
