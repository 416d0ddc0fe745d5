"""What a glance takes for an event is one, and what we write is seen at a glance."""

import contextlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.ugc_events.examples import MILLISECOND, RECEIVED, VALID, changed, event, events
from ugc_events import NewerContract, UnreadableEvent, ViewProgress, decode, encode, glance
from ugc_events.event import Moment
from ugc_events.glance import Seen, _Glimpse, _Id, _Time
from ugc_events.limits import MAX_AHEAD, MAX_BEHIND, RECEIVED_BEFORE, RECEIVED_SINCE


def judged(values: Sequence[bytes | None]) -> Seen | None:
    """What a glance must say if it says anything."""
    with contextlib.suppress(UnreadableEvent, NewerContract):
        receipts = [decode(value).received_at for value in values]
        lines = b"".join(value + b"\n" for value in values if value is not None)
        return Seen(lines, receipts[0], max(receipts))
    return None


def agrees(values: Sequence[bytes | None]) -> None:
    seen = glance(values)
    assert seen is None or seen == judged(values)


def test_it_looks_at_the_fields_of_an_event_and_no_others() -> None:
    assert _Glimpse.__struct_fields__ == ViewProgress.__struct_fields__
    ours = {field.name: field.type for field in msgspec.structs.fields(ViewProgress)}
    for field in msgspec.structs.fields(_Glimpse):
        assert field.required
        as_text = field.name.endswith("_id") or ours[field.name] is Moment
        assert field.type in (_Id, _Time) if as_text else field.type == ours[field.name]


@given(st.lists(events(), min_size=1, max_size=5))
def test_all_that_we_write_is_seen_at_a_glance(sent: list[ViewProgress]) -> None:
    values = [encode(one) for one in sent]
    seen = glance(values)
    assert seen is not None
    assert seen == judged(values)


ODD_IDS = [
    "01985c3e5b007abc8def0123456789ab",
    "01985C3E-5B00-7ABC-8DEF-0123456789AB",
    "01985c3e-5b00-7abc-8def-0123456789a",
    "01985c3e-5b00-7abc-8def-0123456789ag",
    "01985c3e-5b00-7abc-8def-0123456789 b",
    "01985c3e-5b00-7abc-8def-01234567 9ab",
    "01985c3e-5b00-7abc-8def-012345678-ab",
    "01985c3e-5b00-7abc-8def0-123456789ab",
    "01985c3e-5b00-7abc 8def-0123456789ab",
    "01985c3e-5b00-7abc-8def-0123456789\u0663b",
    "------------------------------------",
    "                                    ",
    "-" * 8 + "0198" * 7,
    "{01985c3e-5b00-7abc-8def-012345678}",
    "",
]


@pytest.mark.parametrize("text", ODD_IDS)
@pytest.mark.parametrize("field", ["user_id", "film_id", "event_id"])
def test_odd_ids_are_judged_as_by_decode(field: str, text: str) -> None:
    odd = changed(field, f'"{text}"')
    agrees([odd])
    agrees([VALID, odd, VALID])


def test_two_odd_ids_do_not_make_up_for_each_other() -> None:
    short, long = "01985c3e-5b00-7abc-8def-0123456789a", "01985c3e-5b00-7abc-8def-0123456789abb"
    odd = changed("user_id", f'"{short}"').replace(b"5d7c1e0a-3b52-4a0e-8c55-0d3c2f6b7a10", b"%s")
    assert glance([odd.replace(b"%s", long.encode())]) is None


@pytest.mark.parametrize(
    "value",
    [
        None,
        b"",
        b"[" * 200_000,
        b'{"\xff\xfe":1}',
        VALID[:-1] + b',"x":1}',
        changed("v", "2"),
        changed("progress", "5400.001"),
        changed("progress", "12.3456"),
        changed("total", "12.3456"),
        changed("progress", "-1"),
        changed("event_time", '"2026-08-01T00:00:00.000Z"'),
        changed("event_time", '"2026-09-21T12:05:00.251Z"'),
        changed("event_time", '"2026-09-21T12:00:00.0001Z"'),
        changed("received_at", '"2026-09-21T12:00:00.0001Z"'),
        changed("event_time", '"2026-09-21T15:00:00.000+03:00"'),
        changed("received_at", '"2019-09-21T15:00:00.000Z"'),
        changed("received_at", "null"),
    ],
)
def test_what_is_no_event_is_left_to_decode(value: bytes | None) -> None:
    assert judged([value]) is None
    assert glance([value]) is None
    assert glance([VALID, value, VALID]) is None


@given(st.binary())
def test_any_bytes_are_judged_as_by_decode(value: bytes) -> None:
    agrees([value])


@given(events(), st.data())
def test_any_change_of_an_event_is_judged_as_by_decode(
    sent: ViewProgress, data: st.DataObject
) -> None:
    value = encode(sent)
    start = data.draw(st.integers(0, len(value)))
    end = data.draw(st.integers(start, min(len(value), start + 4)))
    agrees([VALID, value[:start] + data.draw(st.binary(max_size=4)) + value[end:]])


def test_each_single_byte_of_an_event_may_be_anything() -> None:
    for place in range(len(VALID)):
        for byte in range(256):
            agrees([VALID[:place] + bytes([byte]) + VALID[place + 1 :]])


REPEATED = {
    "user_id": '"zzzzzzzz-zzzz-zzzz-zzzz-zzzzzzzzzzzz"',
    "v": "1",
    "total": "5400.0",
    "event_time": '"2026-09-21T12:00:00.250Z"',
}


@pytest.mark.parametrize("field", REPEATED)
def test_a_repeated_key_is_left_to_decode(field: str) -> None:
    """Of which a glance sees the last value only; `decode` and ClickHouse see them all."""
    odd = f'{{"{field}":{REPEATED[field]},'.encode() + VALID[1:]
    assert glance([odd]) is None
    assert glance([VALID, odd, VALID]) is None


@given(events(), st.lists(st.sampled_from(ViewProgress.__struct_fields__), max_size=3), st.data())
def test_any_repetition_of_keys_is_judged_as_by_decode(
    sent: ViewProgress, names: list[str], data: st.DataObject
) -> None:
    fields = json.loads(encode(sent))
    more = [(name, data.draw(st.sampled_from([*fields.values(), "z" * 36]))) for name in names]
    pairs = data.draw(st.permutations([*fields.items(), *more]))
    text = ",".join(f"{json.dumps(name)}:{json.dumps(value)}" for name, value in pairs)
    agrees([f"{{{text}}}".encode(), VALID])


ODD_TIMES = [
    "2026-09-21T12:00:00.250z",
    "2026-09-21t12:00:00.250Z",
    "2026-09-21 12:00:00.250Z",
    "2026-09-21T12:00:00,250Z",
    "2026-09-21T12:00:00.25 Z",
    "2026-09-21T12:00:00.2501",
    "2026-09-21T11:59:60.000Z",
    "2026-09-21T11:60:00.000Z",
    "2026-09-20T24:00:00.000Z",
    "2026-09-31T12:00:00.000Z",
    "2026-02-29T12:00:00.000Z",
    "2026-00-21T12:00:00.000Z",
    "2026-09-21T12:00+00:0000",
    "2026-W39-1T12:00:00.250Z",
    "2026-09-21T12:00:00.\u0663\u0664\u0665Z",
    "0000-00-00T00:00:00.000Z",
    "2019-12-31T23:59:59.999Z",
    "2099-12-31T23:59:59.999Z",
    "2100-01-01T00:00:00.000Z",
    "########################",
    "",
]


@pytest.mark.parametrize("text", ODD_TIMES)
@pytest.mark.parametrize("field", ["event_time", "received_at"])
def test_odd_times_are_judged_as_by_decode(field: str, text: str) -> None:
    odd = changed(field, f'"{text}"')
    agrees([odd])
    agrees([VALID, odd, VALID])


AT = datetime(2026, 9, 21, tzinfo=UTC)
EDGES = [-MAX_AHEAD, -MAX_AHEAD - MILLISECOND, MAX_BEHIND, MAX_BEHIND + MILLISECOND, timedelta(0)]


@given(
    st.lists(
        st.tuples(st.sampled_from(EDGES), st.integers(0, 60).map(lambda n: timedelta(days=n))),
        min_size=1,
        max_size=4,
    )
)
def test_each_is_held_against_its_own_receipt(reports: list[tuple[timedelta, timedelta]]) -> None:
    """However far the receipts lie apart."""
    values = [
        encode(event(event_time=AT + later - age, received_at=AT + later)) for age, later in reports
    ]
    assert glance(values) == judged(values)


@pytest.mark.parametrize("moment", [RECEIVED_SINCE - MILLISECOND, RECEIVED_BEFORE])
def test_a_receipt_that_cannot_be_is_left_to_decode(moment: datetime) -> None:
    odd = encode(event(event_time=moment, received_at=moment))
    assert judged([odd]) is None
    assert glance([odd]) is None
    assert glance([VALID, odd]) is None


def test_what_lies_between_two_others_is_looked_at() -> None:
    """The first and the last of an hour speak for what is between them, not for its minutes."""
    hours = [changed("received_at", f'"2026-09-21T12:{m}:00.000Z"') for m in ("00", "60", "59")]
    days = [
        changed("received_at", f'"2026-{d}T12:00:00.000Z"') for d in ("09-21", "09-31", "10-02")
    ]
    for values in (hours, days):
        assert judged(values) is None
        assert glance(values) is None


def test_receipts_are_told_by_the_first_and_the_newest() -> None:
    later = encode(event(received_at=RECEIVED + MILLISECOND))
    assert glance([VALID, later, VALID]) == Seen(
        VALID + b"\n" + later + b"\n" + VALID + b"\n", RECEIVED, RECEIVED + MILLISECOND
    )
    assert glance([later, VALID]) == Seen(
        later + b"\n" + VALID + b"\n", RECEIVED + MILLISECOND, RECEIVED + MILLISECOND
    )
    assert glance([]) is None
