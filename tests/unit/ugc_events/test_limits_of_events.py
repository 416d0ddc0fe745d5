"""The limits of an event hold at their edges, for whoever wrote to the topic."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from tests.unit.ugc_events.examples import MILLISECOND, RECEIVED, changed, event, reason
from ugc_events import NIL_FILM, decode, encode
from ugc_events.limits import MAX_AHEAD, MAX_BEHIND, RECEIVED_BEFORE, RECEIVED_SINCE, in_window


@pytest.mark.parametrize(
    ("progress", "total"),
    [
        (0.0, 0.0),
        (604_800.0, 0.0),
        (0.0, 0.001),
        (0.001, 0.001),
        (604_800.0, 604_800.0),
        (604_799.999, 604_800.0),
    ],
)
def test_these_seconds_are_allowed(progress: float, total: float) -> None:
    """An unknown length, 0, allows any progress."""
    sent = event(progress=progress, total=total)
    assert decode(encode(sent)) == sent


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("progress", "-0.001"),
        ("progress", "604800.001"),
        ("progress", "5400.001"),
        ("progress", "0.0001"),
        ("progress", "5e-324"),
        ("progress", "1e30"),
        ("progress", "1e400"),
        ("progress", '"1"'),
        ("progress", "true"),
        ("total", "754.499"),
        ("total", "-1"),
        ("total", "604800.001"),
        ("total", "5400.0001"),
        ("total", "1" + "0" * 400),
    ],
)
def test_other_seconds_are_not(field: str, text: str) -> None:
    assert reason(changed(field, text)) == "breaks_contract"


@pytest.mark.parametrize("offset", [-MAX_BEHIND, timedelta(0), MAX_AHEAD])
def test_the_window_includes_its_edges(offset: timedelta) -> None:
    sent = event(event_time=RECEIVED + offset)
    assert in_window(sent.event_time, RECEIVED)
    assert decode(encode(sent)) == sent


@pytest.mark.parametrize("offset", [-MAX_BEHIND - MILLISECOND, MAX_AHEAD + MILLISECOND])
def test_a_millisecond_further_is_outside(offset: timedelta) -> None:
    sent = event(event_time=RECEIVED + offset)
    assert not in_window(sent.event_time, RECEIVED)
    assert reason(encode(sent)) == "breaks_contract"


def test_the_window_is_the_same_in_any_zone() -> None:
    oldest = RECEIVED - MAX_BEHIND
    zone = timezone(timedelta(hours=-23, minutes=-59))
    assert in_window(oldest.astimezone(zone), RECEIVED)
    assert not in_window((oldest - MILLISECOND).astimezone(zone), RECEIVED)


@pytest.mark.parametrize("hours", [-23, 0, 23])
def test_no_time_is_too_far_to_compare(hours: int) -> None:
    zone = timezone(timedelta(hours=hours))
    for moment in (datetime(1, 1, 1, tzinfo=zone), datetime(9999, 12, 31, 23, tzinfo=zone)):
        assert not in_window(moment, RECEIVED)


@pytest.mark.parametrize("received_at", [RECEIVED_SINCE, RECEIVED_BEFORE - MILLISECOND])
def test_a_service_may_have_received_it_then(received_at: datetime) -> None:
    sent = event(received_at=received_at, event_time=received_at)
    assert decode(encode(sent)) == sent


@pytest.mark.parametrize("received_at", [RECEIVED_SINCE - MILLISECOND, RECEIVED_BEFORE])
def test_and_not_before_or_after(received_at: datetime) -> None:
    sent = event(received_at=received_at, event_time=received_at)
    assert reason(encode(sent)) == "breaks_contract"


@pytest.mark.parametrize(
    "text",
    [
        "2026-09-21T12:00:00.2501Z",
        "2026-09-21T12:00:00.250001Z",
        "2026-09-21T15:00:00.250+03:00",
        "2026-09-21T12:00:00.250",
        "2026-09-21",
        "2026-09-21T11:59:60Z",
        "1790000000",
        "",
        "now",
    ],
)
def test_times_are_utc_and_whole_milliseconds(text: str) -> None:
    assert reason(changed("event_time", f'"{text}"')) == "breaks_contract"
    assert reason(changed("received_at", f'"{text}"')) == "breaks_contract"


def test_times_are_never_numbers() -> None:
    assert reason(changed("event_time", "1790000000")) == "breaks_contract"


def test_what_is_read_is_in_utc() -> None:
    assert decode(encode(event())).event_time.tzinfo is UTC


def test_the_nil_film_is_a_film_to_the_topic() -> None:
    assert decode(encode(event(film_id=NIL_FILM))).film_id.int == 0


@pytest.mark.parametrize("field", ["user_id", "film_id", "event_id"])
@pytest.mark.parametrize(
    "text", ['""', '"x"', "1", "[]", '"{8f14e45f-ceea-467f-a8f5-3e2b7c0d9a11}"']
)
def test_ids_are_uuids(field: str, text: str) -> None:
    assert reason(changed(field, text)) == "breaks_contract"
