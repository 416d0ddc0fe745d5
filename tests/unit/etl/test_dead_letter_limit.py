"""When unreadable records stop the worker."""

import pytest
from aiokafka import ConsumerRecord, TopicPartition

from etl.batch import Batch
from etl.dead_letter_limit import DeadLetterLimit
from etl.exits import TooManyDeadLetters
from tests.unit.etl.records import P0, P1, good, record

SIZE = 10


def take(limit: DeadLetterLimit, records: list[ConsumerRecord], of: TopicPartition = P0) -> None:
    limit.take(of, records, Batch(opened_at=0.0).add(of, records))


def poison(count: int, first: int = 0) -> list[ConsumerRecord]:
    return [record(first + n, b"{") for n in range(count)]


def readable(count: int, first: int = 0) -> list[ConsumerRecord]:
    return [good(first + n) for n in range(count)]


def test_half_of_the_last_is_borne_and_one_more_is_not() -> None:
    limit = DeadLetterLimit(SIZE)
    take(limit, readable(5) + poison(5, 5))
    with pytest.raises(TooManyDeadLetters, match=r"6 of the last 10 .* views-0 at 10 \(not_json\)"):
        take(limit, poison(1, 10))


def test_before_there_are_so_many_nothing_is_judged() -> None:
    limit = DeadLetterLimit(SIZE)
    take(limit, poison(9))
    take(limit, readable(1, 9))  # of ten, nine: what is judged is a record that is dead
    with pytest.raises(TooManyDeadLetters):
        take(limit, poison(1, 10))


def test_a_row_of_one_partition_stops_however_many_are_good_elsewhere() -> None:
    limit = DeadLetterLimit(SIZE)
    for n in range(SIZE - 1):
        take(limit, poison(1, n))
        take(limit, readable(20), of=P1)
    with pytest.raises(TooManyDeadLetters, match="10 in a row"):
        take(limit, poison(1, SIZE - 1))


def test_a_good_record_ends_a_row() -> None:
    limit = DeadLetterLimit(SIZE)
    for _ in range(5):
        take(limit, readable(20), of=P1)
        take(limit, [*poison(4), good(4)])
        take(limit, readable(20), of=P1)
        take(limit, readable(1))


def test_poison_among_many_good_ones_goes_on_for_ever() -> None:
    limit = DeadLetterLimit(SIZE)
    for n in range(100):
        take(limit, [*readable(9, 10 * n), *poison(1, 10 * n + 9)])


def test_zero_is_no_limit() -> None:
    take(DeadLetterLimit(0), poison(100))
