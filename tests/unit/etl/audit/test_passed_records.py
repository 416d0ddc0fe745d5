"""Which part of the topic an audit is about."""

from collections.abc import Sequence
from datetime import UTC, datetime

from aiokafka import OffsetAndMetadata, TopicPartition

from etl.audit.passed import passed
from etl.history import History, Span
from tests.unit.etl.records import P0, P1

SINCE = datetime(2026, 11, 23, tzinfo=UTC)


class Topic(History):
    """Two partitions of 10 to 20; `since` begins at 15."""

    def __init__(self, **committed: int) -> None:
        self._committed = {int(name[1:]): offset for name, offset in committed.items()}

    async def committed(self, topic: str, group: str) -> dict[TopicPartition, OffsetAndMetadata]:
        return {
            TopicPartition(topic, partition): OffsetAndMetadata(offset, "")
            for partition, offset in self._committed.items()
        }

    async def spans(self, topic: str, since: datetime | None = None) -> list[Span]:
        return [Span(one, 10 if since is None else 15, 20) for one in (P0, P1)]


async def bounds(topic: Topic, since: datetime | None = None) -> Sequence[tuple[int, int]]:
    part = await passed(topic, "views", "views", since)
    return [(span.begin, span.end) for span in part.spans]


async def test_it_ends_where_the_workers_are() -> None:
    part = await passed(Topic(p0=13, p1=20), "views", "views", None)
    assert list(part.spans) == [Span(P0, 10, 13), Span(P1, 10, 20)]
    assert (part.before_workers, part.expired) == ({0: 7, 1: 0}, {})


async def test_a_partition_never_committed_is_before_the_workers() -> None:
    assert await bounds(Topic(p0=20)) == [(10, 20), (10, 10)]


async def test_it_begins_at_the_time_that_is_given() -> None:
    assert await bounds(Topic(p0=18, p1=12), SINCE) == [(15, 18), (15, 15)]


async def test_a_position_behind_the_end_of_the_log_asks_for_nothing_that_is_not_there() -> None:
    assert await bounds(Topic(p0=99, p1=20)) == [(10, 20), (10, 20)]


async def test_records_that_expired_before_they_were_passed_are_told() -> None:
    for since in (None, SINCE):
        part = await passed(Topic(p0=7, p1=12), "views", "views", since)
        assert part.expired == {0: 3}
