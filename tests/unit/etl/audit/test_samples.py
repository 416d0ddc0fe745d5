"""What the audit beside the worker looks at, when it cannot look at all."""

from itertools import pairwise
from random import Random

from aiokafka import TopicPartition
from hypothesis import given
from hypothesis import strategies as st

from etl.audit.sample import PIECE, sample
from etl.history import Span


def span(partition: int, begin: int, length: int) -> Span:
    return Span(TopicPartition("views", partition), begin, begin + length)


SPANS = st.lists(
    st.tuples(st.integers(0, 5000), st.integers(0, 9 * PIECE)), min_size=1, max_size=4
).map(lambda found: [span(number, *one) for number, one in enumerate(found)])


def seeded(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - a replayable draw


@given(SPANS, st.integers(0, 20 * PIECE), st.integers())
def test_pieces_are_parts_of_the_spans_that_do_not_overlap_and_fit(
    spans: list[Span], at_most: int, seed: int
) -> None:
    pieces = sample(spans, at_most, seeded(seed))
    assert sum(piece.length for piece in pieces) <= at_most
    whole = {one.partition: one for one in spans}
    for piece in pieces:
        assert whole[piece.partition].begin <= piece.begin < piece.end
        assert piece.end <= whole[piece.partition].end
    for one, following in pairwise(pieces):
        assert one.partition < following.partition or one.end <= following.begin


@given(SPANS)
def test_what_fits_is_looked_at_whole(spans: list[Span]) -> None:
    total = sum(one.length for one in spans)
    assert list(sample(spans, total, seeded(0))) == [one for one in spans if one.length]


def test_every_place_is_looked_at_in_the_end() -> None:
    spans, random = [span(0, 10, 2500), span(1, 0, 4000)], seeded(7)
    seen = {
        (piece.partition.partition, offset)
        for _ in range(100)
        for piece in sample(spans, 2 * PIECE, random)
        for offset in range(piece.begin, piece.end)
    }
    assert len(seen) == 6500
