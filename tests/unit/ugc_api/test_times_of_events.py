"""Which time an event has: the one sent, else its id's, else ours; and the edges of the window."""

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.ugc_api.bearer import VIEWER
from tests.unit.ugc_api.serving import FILM, report, uuid7
from ugc_api.access.tokens import Viewer
from ugc_api.ingest.events import event_of
from ugc_api.ingest.identities import new_event_id
from ugc_api.ingest.reports import ProgressReport, read
from ugc_api.problems import Problem
from ugc_events import ViewProgress, decode, encode

RECEIVED = datetime(2026, 9, 21, 12, 0, 0, 250_000, UTC)
OLDEST = RECEIVED - timedelta(days=30)
NEWEST = RECEIVED + timedelta(minutes=5)
MICROSECOND = timedelta(microseconds=1)
MILLISECOND = timedelta(milliseconds=1)
EVENT_ID = UUID("8f14e45f-ceea-467f-a8f5-3e2b7c0d9a11")


def reported(**more: object) -> ViewProgress:
    texts = {k: v if isinstance(v, int | float) else str(v) for k, v in report(**more).items()}
    body = json.dumps(texts).encode()
    report_read = read(msgspec.json.Decoder(ProgressReport), body)
    return event_of(report_read, FILM, Viewer(VIEWER, frozenset()), RECEIVED)


def refusal(**more: object) -> str:
    with pytest.raises(Problem) as caught:
        reported(**more)
    assert caught.value.status == 422
    return caught.value.code


@pytest.mark.parametrize("moment", [OLDEST, OLDEST + MICROSECOND, RECEIVED, NEWEST])
def test_within_the_window_it_is_kept_to_the_millisecond(moment: datetime) -> None:
    event = reported(event_time=moment.isoformat())
    assert event.event_time == moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    assert event.received_at == RECEIVED


@pytest.mark.parametrize("moment", [OLDEST - MICROSECOND, NEWEST + MICROSECOND])
def test_a_microsecond_outside_it_is_refused_and_never_clamped(moment: datetime) -> None:
    assert refusal(event_time=moment.isoformat()) == "event_time_out_of_window"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("2026-09-21T12:00:00Z", "12:00:00.000"),
        ("2026-09-21T12:00:00.123999Z", "12:00:00.123"),
        ("2026-09-21T15:00:00.5+03:00", "12:00:00.500"),
        ("2026-09-20T12:15:00-23:45", "12:00:00.000"),
        ("2026-09-21t11:59:59.999z", "11:59:59.999"),
    ],
)
def test_any_zone_is_accepted_and_turned_to_utc(text: str, kept: str) -> None:
    moment = reported(event_time=text).event_time
    assert moment.tzinfo is UTC
    assert moment.isoformat(timespec="milliseconds") == f"2026-09-21T{kept}+00:00"


@pytest.mark.parametrize("moment", [OLDEST, RECEIVED, NEWEST])
def test_without_a_time_the_ids_own_counts(moment: datetime) -> None:
    event_id = uuid7(moment.timestamp())
    event = reported(event_id=event_id)
    assert (event.event_id, event.event_time) == (event_id, moment)


@pytest.mark.parametrize("moment", [OLDEST - MILLISECOND, NEWEST + MILLISECOND])
def test_an_id_of_another_time_needs_one_beside_it(moment: datetime) -> None:
    event_id = uuid7(moment.timestamp())
    assert refusal(event_id=event_id) == "event_time_required"
    assert reported(event_id=event_id, event_time=RECEIVED.isoformat()).event_id == event_id


def test_a_time_beside_an_id_counts_and_not_the_ids_own() -> None:
    event = reported(event_id=uuid7(RECEIVED.timestamp()), event_time=OLDEST.isoformat())
    assert event.event_time == OLDEST


def test_any_uuid_will_do_beside_a_time() -> None:
    assert reported(event_id=EVENT_ID, event_time=RECEIVED.isoformat()).event_id == EVENT_ID


def test_with_neither_the_time_is_ours_and_two_reports_are_two_events() -> None:
    one, other = reported(), reported()
    assert one.event_time == other.event_time == RECEIVED
    assert one.event_id != other.event_id
    for made in (one.event_id, other.event_id):
        assert made.int >> 80 == round(RECEIVED.timestamp() * 1000)


def test_a_time_without_an_id_gets_one_of_the_reception() -> None:
    event = reported(event_time=OLDEST.isoformat())
    assert event.event_id.int >> 80 == round(RECEIVED.timestamp() * 1000)


def test_ids_are_of_version_7_and_differ_in_all_their_random_bits() -> None:
    made = [new_event_id(RECEIVED) for _ in range(300)]
    assert {(one.version, one.variant) for one in made} == {(7, "specified in RFC 4122")}
    changing = 0
    for one in made:
        changing |= one.int ^ made[0].int
    assert changing.bit_count() == 74


@given(
    st.floats(0, 604_800),
    st.floats(0.001, 604_800),
    st.datetimes(OLDEST.replace(tzinfo=None), NEWEST.replace(tzinfo=None), timezones=st.just(UTC)),
)
def test_every_event_we_make_is_one_that_readers_accept(
    progress: float, total: float, moment: datetime
) -> None:
    low, high = sorted((progress, max(progress, total)))
    event = reported(progress=low, total=high or 1.0, event_time=moment.isoformat())
    assert decode(encode(event)) == event
    assert abs(event.progress - low) <= 0.000_501
