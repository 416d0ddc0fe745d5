"""What to look at when there is more than one wants to look at."""

from collections.abc import Sequence
from itertools import accumulate
from random import Random

from etl.history import Span

PIECE = 1000
"""Records in a row: reading is by the batch, so single ones would cost as much."""


def sample(spans: Sequence[Span], at_most: int, random: Random) -> Sequence[Span]:
    """The spans themselves if they hold `at_most` records or fewer; else pieces of them, in order,
    each place as likely as any other."""
    if sum(span.length for span in spans) <= at_most:
        return [span for span in spans if span.length]
    ends = list(accumulate(-(-span.length // PIECE) for span in spans))
    chosen = random.sample(range(ends[-1]), min(at_most // PIECE, ends[-1]))
    pieces = []
    for number in sorted(chosen):
        at = next(n for n, end in enumerate(ends) if number < end)
        span, before = spans[at], ends[at - 1] if at else 0
        begin = span.begin + (number - before) * PIECE
        pieces.append(Span(span.partition, begin, min(begin + PIECE, span.end)))
    return pieces
