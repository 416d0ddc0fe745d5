"""What the audit reads in a record, by its own way, held against the contract's."""

import contextlib
import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from etl.audit.claim import Claim, read
from tests.unit.ugc_events.examples import VALID, changed, event, events
from ugc_events import NewerContract, UnreadableEvent, ViewProgress, decode, encode

FIELDS = tuple(ViewProgress.__struct_fields__)
ANYTHING = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.lists(st.integers(), max_size=3)
)


def milliseconds(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def assert_says(claim: Claim | None, said: ViewProgress) -> None:
    assert claim is not None
    halves = [claim.identity[at : at + 8][::-1] for at in range(0, 48, 8)]
    assert b"".join(halves) == said.user_id.bytes + said.film_id.bytes + said.event_id.bytes
    assert claim.event_id == said.event_id
    numbers = [
        int.from_bytes(claim.content[begin:end], "little", signed=True)
        for begin, end in ((0, 4), (4, 8), (8, 16))
    ]
    assert numbers == [
        round(said.progress * 1000),
        round(said.total * 1000),
        milliseconds(said.event_time),
    ]
    assert claim.received_at == milliseconds(said.received_at)
    assert str(claim.month) == said.event_time.strftime("%Y%m")


@given(events())
@example(event(progress=1.001))  # a thousand times it is 1000.9999999999999
def test_an_event_is_read_as_it_was_sent(sent: ViewProgress) -> None:
    assert_says(read(encode(sent)), sent)


def uuid_texts(value: UUID) -> list[str]:
    return [str(value), value.hex, str(value).upper()]


def time_texts(moment: datetime) -> list[str]:
    text = moment.isoformat(timespec="milliseconds")[:-6]
    return [
        *(text + zone for zone in ("Z", "z", "+00:00", "-00:00", "000Z", "000000000Z")),
        text.replace("T", " ") + "Z",
        text.replace("T", "t") + "Z",
        text.rstrip("0").rstrip(".") + "Z" if "." in text else text + "Z",
    ]


def number_texts(seconds: float) -> list[str]:
    thousandths = round(seconds * 1000)
    return [f"{seconds:.3f}", repr(seconds), f"{thousandths}e-3", f"{thousandths}.0E-3"]


@given(events(), st.data())
def test_what_the_contract_reads_is_read_to_the_same_however_it_is_written(
    sent: ViewProgress, data: st.DataObject
) -> None:
    def one(texts: list[str]) -> str:
        return data.draw(st.sampled_from(texts))

    fields = [
        '"v":1',
        *(f'"{name}":"{one(uuid_texts(getattr(sent, name)))}"' for name in FIELDS[1:4]),
        *(f'"{name}":{one(number_texts(getattr(sent, name)))}' for name in ("progress", "total")),
        *(
            f'"{name}":"{one(time_texts(getattr(sent, name)))}"'
            for name in ("event_time", "received_at")
        ),
    ]
    value = (" {" + " ,".join(data.draw(st.permutations(fields))) + "}\n").encode()
    assert decode(value) == sent
    assert_says(read(value), sent)


@given(events(), st.data())
def test_nothing_that_the_contract_reads_is_unreadable(
    sent: ViewProgress, data: st.DataObject
) -> None:
    value = encode(sent)
    start = data.draw(st.integers(0, len(value)))
    end = data.draw(st.integers(start, min(len(value), start + 3)))
    value = value[:start] + data.draw(st.binary(max_size=3)) + value[end:]
    with contextlib.suppress(UnreadableEvent, NewerContract):
        assert_says(read(value), decode(value))


@given(st.dictionaries(st.sampled_from(FIELDS), ANYTHING))
@example({"progress": 1.7e308})
@example({"progress": 3_000_000})
@example({"progress": "1" * 100})
@example({"received_at": "2026-11-23T18:30:05"})
def test_any_object_is_a_claim_or_none(fields: dict[str, object]) -> None:
    read(json.dumps({**json.loads(VALID), **fields}).encode())


@given(st.none() | st.binary())
@example(b"[" * 100_000)
@example(b"[1]")
@example(b'"text"')
@example(changed("progress", "1" + "0" * 10_000))
@example(changed("user_id", r'"\ud800"'))
@example(changed("event_time", '"0001-01-01T00:00:00+23:59"'))
def test_any_bytes_are_a_claim_or_none(value: bytes | None) -> None:
    read(value)


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("user_id", '"0b5f7c6e"'),
        ("film_id", "7"),
        ("event_id", "null"),
        ("progress", "true"),
        ("progress", '"12.5"'),
        ("total", "1e12"),
        ("event_time", '"2026-11-23T18:30:05"'),
        ("event_time", "1795458605"),
        ("received_at", '"yesterday"'),
    ],
)
def test_without_identity_content_or_time_there_is_no_claim(field: str, text: str) -> None:
    assert read(changed(field, text)) is None


def test_what_breaks_the_contract_in_details_is_read_all_the_same() -> None:
    odd = json.loads(VALID) | {"v": 7, "extra": 1, "progress": 6000.0004}
    claim = read(json.dumps(odd).encode())
    assert_says(claim, event(progress=6000.0))


def test_a_time_is_cut_to_milliseconds_as_clickhouse_cuts_it() -> None:
    claim = read(changed("received_at", '"2026-11-23T18:30:05.9999999Z"'))
    assert claim is not None
    assert claim.received_at == milliseconds(datetime(2026, 11, 23, 18, 30, 5, 999_000, UTC))
