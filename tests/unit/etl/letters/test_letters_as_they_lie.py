"""What is known of a letter, whoever wrote it."""

import pytest
from aiokafka import ConsumerRecord

from etl.letters.letter import Header, Letter, Origin, Source
from tests.unit.etl.letters.post import BURIED, headers_of, in_topic


def test_a_letter_of_the_worker_tells_reason_and_source() -> None:
    found = Letter.of(in_topic(headers_of("unknown_field", 3, 17, [("request_id", b"abc")])))
    assert found.origin == Origin("unknown_field", Source("views", 3, 17))
    assert found.name == "3-17"
    assert found.headers == (("request_id", b"abc"),)
    assert found.buried_at == BURIED


def test_headers_of_the_record_with_our_names_are_its_own() -> None:
    own: list[Header] = [
        ("reason", b"none"),
        ("source_offset", b"no number"),
        ("source_topic", None),
        ("source_partition", b"99"),
    ]
    found = Letter.of(in_topic(headers_of(own=own)))
    assert found.origin == Origin("not_json", Source("views", 3, 17))
    assert found.headers == tuple(own)


NUMBERS: list[Header] = [("source_partition", b"3"), ("source_offset", b"17")]


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("reason", b"not_json")],
        headers_of()[:3],
        headers_of()[::-1],
        [*headers_of(), ("one", b"more")],
        [("reason", b"\xff"), ("source_topic", b"views"), *NUMBERS],
        [("reason", None), ("source_topic", b"views"), *NUMBERS],
        [("reason", b"\x1b[2Jx"), ("source_topic", b"views"), *NUMBERS],
        [("reason", b"not_json"), ("source_topic", b"vi\news"), *NUMBERS],
        *(
            [*headers_of()[:3], ("source_offset", broken)]
            for broken in (b"", b"-1", b"1.5", b"\xff", b"9" * 5000, "٣".encode(), None)
        ),
    ],
)
def test_a_letter_without_our_headers_has_its_place_and_no_origin(headers: list[Header]) -> None:
    found = Letter.of(in_topic(headers, offset=5))
    assert found.origin is None
    assert found.reason is None
    assert found.name == "@0-5"
    assert found.headers == tuple(headers)


@pytest.mark.parametrize("timestamp", [-1, 2**62])
def test_no_timestamp_is_too_odd(timestamp: int) -> None:
    odd = in_topic(headers_of())
    one = ConsumerRecord(
        **{name: getattr(odd, name) for name in odd.__dataclass_fields__ if name != "timestamp"},
        timestamp=timestamp,
    )
    assert Letter.of(one).buried_at.year in (1970, 9999)
