"""Letters read from the topic, each source once."""

from collections.abc import AsyncIterator, Iterable, Sequence

from aiokafka import ConsumerRecord, TopicPartition

from etl.history import History, Span
from etl.letters.reading import Reading
from etl.letters.selection import Selection
from tests.unit.etl.letters.post import headers_of, in_topic


class ScriptedHistory(History):
    """Hands out given records, two at a time."""

    def __init__(self, *partitions: Sequence[ConsumerRecord]) -> None:
        self.partitions_held = partitions
        self.spans_held = [
            Span(TopicPartition("views.dead-letters", number), 0, len(records))
            for number, records in enumerate(partitions)
        ]

    async def read(
        self, spans: Iterable[Span], at_most: int = 10_000
    ) -> AsyncIterator[Sequence[ConsumerRecord]]:
        for span in spans:
            records = self.partitions_held[span.partition.partition]
            for begin in range(0, len(records), 2):
                yield records[begin : begin + 2]


def reading(selection: Selection, *partitions: Sequence[ConsumerRecord]) -> Reading:
    past = ScriptedHistory(*partitions)
    return Reading(past, past.spans_held, selection)


async def names(read: Reading) -> list[str]:
    return [letter.name async for letter in read.letters()]


async def test_a_letter_buried_twice_is_given_out_once_and_counted() -> None:
    first = [in_topic(headers_of(offset=n)) for n in (1, 2, 1, 3)]
    second = [in_topic(headers_of(offset=n)) for n in (3, 4)]
    read = reading(Selection(), first, second)
    assert await names(read) == ["3-1", "3-2", "3-3", "3-4"]
    assert (read.total, read.seen, read.taken, read.folded) == (6, 6, 4, 2)


async def test_another_value_from_the_same_place_is_another_letter() -> None:
    """The source topic was made anew."""
    read = reading(Selection(), [in_topic(headers_of(), value) for value in (b"{", b"[", None)])
    assert await names(read) == ["3-17"] * 3
    assert read.folded == 0


async def test_the_same_offset_of_another_partition_is_another_letter() -> None:
    read = reading(Selection(), [in_topic(headers_of(partition=n, offset=1)) for n in (1, 2)])
    assert await names(read) == ["1-1", "2-1"]
    assert read.folded == 0


async def test_letters_without_origin_are_never_copies_of_each_other() -> None:
    read = reading(Selection(), [in_topic([], offset=n) for n in range(3)])
    assert await names(read) == ["@0-0", "@0-1", "@0-2"]


async def test_a_limit_counts_letters_and_not_copies() -> None:
    records = [in_topic(headers_of(offset=n)) for n in (1, 1, 2, 2, 3, 4, 5)]
    read = reading(Selection(limit=2), records)
    assert await names(read) == ["3-1", "3-2"]
    assert (read.taken, read.folded) == (2, 2)
    assert read.seen < read.total


async def test_only_selected_letters_count_as_copies() -> None:
    records = [in_topic(headers_of("null_value", offset=n)) for n in (1, 1)]
    read = reading(Selection(reasons=frozenset({"not_json"})), records)
    assert await names(read) == []
    assert (read.taken, read.folded, read.seen) == (0, 0, 2)
