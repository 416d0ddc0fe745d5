"""What a batch holds, when it is due, and which offsets it may pass."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.batch import Batch, BatchPolicy
from tests.unit.etl.records import P0, P1, RECEIVED, event, good, record
from ugc_events import NewerContract, encode

POLICY = BatchPolicy(max_rows=3, max_bytes=10_000, max_age_s=0.5)


def test_a_batch_passes_the_offset_after_its_last_record() -> None:
    batch = Batch(opened_at=0.0)
    batch.add(P0, [good(5), good(6)])
    batch.add(P1, [good(0, partition=1)])
    assert {partition: at.offset for partition, at in batch.positions.items()} == {P0: 7, P1: 1}


def test_unreadable_records_become_dead_letters_and_hold_nothing_up() -> None:
    batch = Batch(opened_at=0.0)
    batch.add(P0, [good(5), record(6, b"{"), record(7, None), good(8)])
    assert batch.rows == 2
    assert [(one.reason, one.source_offset) for one in batch.dead] == [
        ("not_json", 6),
        ("null_value", 7),
    ]
    assert batch.positions[P0].offset == 9


def test_a_dead_letter_keeps_the_record_and_says_where_it_came_from() -> None:
    batch = Batch(opened_at=0.0)
    batch.add(P0, [record(6, b"{")])
    letter = batch.dead[0]
    assert (letter.key, letter.value) == (b"key", b"{")
    assert letter.all_headers() == [
        ("request_id", b"abc"),
        ("reason", b"not_json"),
        ("source_topic", b"views"),
        ("source_partition", b"0"),
        ("source_offset", b"6"),
    ]


def test_a_newer_contract_leaves_the_position_on_its_own_record() -> None:
    batch = Batch(opened_at=0.0)
    newer = encode(event()).replace(b'"v":1', b'"v":2')
    with pytest.raises(NewerContract):
        batch.add(P0, [good(5), record(6, newer), good(7)])
    assert batch.rows == 1
    assert batch.positions[P0].offset == 6


def test_as_of_is_the_newest_receipt_whatever_the_order() -> None:
    batch = Batch(opened_at=0.0)
    times = (3, 9, 4)
    batch.add(P0, [record(n, encode(event(n, received_after_s=s))) for n, s in enumerate(times)])
    batch.add(P0, [record(3, b"{")])
    assert batch.positions[P0].as_of == RECEIVED + timedelta(seconds=9)
    batch.add(P1, [record(0, b"{", partition=1)])
    assert batch.positions[P1].as_of is None
    doubtful = [record(3 + n, encode(event(n, received_after_s=s))) for n, s in enumerate(times)]
    one_by_one = Batch(opened_at=0.0)
    one_by_one.add(P0, [*doubtful, record(9, b"{")])
    assert one_by_one.positions[P0].as_of == RECEIVED + timedelta(seconds=9)


@pytest.mark.parametrize(
    ("offsets", "now", "due"),
    [
        ([], 99.0, False),
        ([1], 0.4, False),
        ([1], 0.5, True),
        ([1, 2, 3], 0.0, True),
    ],
    ids=["empty", "young", "old", "full"],
)
def test_a_batch_is_due_by_age_or_rows(offsets: list[int], now: float, due: bool) -> None:
    batch = Batch(opened_at=0.0)
    if offsets:
        batch.add(P0, [good(offset) for offset in offsets])
    assert batch.due(POLICY, now) is due


def test_a_batch_is_due_by_bytes() -> None:
    batch = Batch(opened_at=0.0)
    batch.add(P0, [good(1)])
    assert batch.due(BatchPolicy(max_bytes=100), now=0.0)


def test_poison_counts_towards_a_full_batch() -> None:
    batch = Batch(opened_at=0.0)
    batch.add(P0, [record(offset, b"{") for offset in range(3)])
    assert batch.due(POLICY, now=0.0)


def test_one_waits_only_for_the_rest_of_the_age() -> None:
    batch = Batch(opened_at=10.0)
    assert batch.patience(POLICY, now=99.0) == 0.5
    batch.add(P0, [good(1)])
    assert batch.patience(POLICY, now=10.2) == pytest.approx(0.3)
    assert batch.patience(POLICY, now=11.0) == 0.0


def test_lines_are_what_stood_in_the_topic_and_can_be_made_canonical() -> None:
    odd = encode(event(1)).replace(b'"progress":', b'"progress":\n')
    plain = encode(event(1)) + b"\n"
    batch = Batch(opened_at=0.0)
    batch.add(P0, [record(0, odd), good(1)])
    batch.add(P0, [record(2, b"{"), record(3, odd), good(1)])
    assert batch.lines == [odd + b"\n" + plain] * 2
    assert batch.canonical_lines() == [plain + plain] * 2


VALUES = st.sampled_from([encode(event()), b"{", b"", None, b'{"v":1}', b"\xff"])


@given(st.lists(st.lists(VALUES, min_size=1, max_size=5), min_size=1, max_size=5))
def test_every_passed_offset_is_a_row_or_a_dead_letter(fetches: list[list[bytes | None]]) -> None:
    batch, offset = Batch(opened_at=0.0), 100
    for values in fetches:
        batch.add(P0, [record(offset + n, value) for n, value in enumerate(values)])
        offset += len(values)
    assert batch.positions[P0].offset == offset
    assert batch.rows + len(batch.dead) == offset - 100


def test_readable_records_among_unreadable_ones_are_the_same_rows_as_without_them() -> None:
    """Thousands are judged together, and one by one where one of them is unreadable."""
    alone, among = Batch(opened_at=0.0), Batch(opened_at=0.0)
    values = [encode(event(n, received_after_s=n % 977)) for n in range(2500)]
    alone.add(P0, [record(n, value) for n, value in enumerate(values)])
    mixed = [*values[:700], b"{", *values[700:]]
    among.add(P0, [record(n, value) for n, value in enumerate(mixed)])
    assert b"".join(alone.lines) == b"".join(among.lines) == b"".join(v + b"\n" for v in values)
    assert [letter.source_offset for letter in among.dead] == [700]
    assert (alone.positions[P0].offset, among.positions[P0].offset) == (2500, 2501)
    assert alone.positions[P0].as_of == among.positions[P0].as_of
    assert alone.oldest == among.oldest == event(0).received_at
    assert among.size == alone.size + 1 == sum(map(len, alone.lines)) + 1
