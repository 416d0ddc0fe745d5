"""The small table of what went in and what came out, and the rows that differ."""

from collections import Counter
from collections.abc import Sequence
from itertools import zip_longest

from simulator.comparison import Difference
from simulator.ledger import Ledger
from telemetry.screen import number

NAMED = 20  # differences that are shown


def balance(ledger: Ledger, stored: int, found: Sequence[Difference]) -> Sequence[str]:
    """Lines, two columns side by side. `stored` are the rows of `views`."""
    kinds = Counter(difference.kind for difference in found)
    went_in = [
        ("reports sent", ledger.sent),
        ("events accepted", len(ledger.accepted)),
        ("  out of order", ledger.delayed),
        ("  hours late", ledger.late),
        ("sent again on purpose", ledger.again),
        ("retried: no answer, 429, 503", ledger.retried),
        ("never answered", len(ledger.unanswered)),
        ("refused", ledger.refused.total()),
        *((f"  {code}", times) for code, times in ledger.refused.most_common()),
    ]
    came_out = [
        ("events stored", stored),
        ("missing", kinds["missing"]),
        ("twice", kinds["twice"]),
        ("different", kinds["different"]),
        ("beyond the ledger", kinds["beyond the ledger"]),
        ("wrong answers", len(ledger.surprises)),
    ]
    columns = zip_longest(map(_line, went_in), map(_line, came_out), fillvalue="")
    return [f"{left:<40}   {right}".rstrip() for left, right in columns]


def complaints(ledger: Ledger, found: Sequence[Difference]) -> Sequence[str]:
    """What is wrong, by name; none = what was accepted is what is stored."""
    all_of_it = [
        *map(str, found),
        *(f"wrong answer: {text} ({times})" for text, times in Counter(ledger.surprises).items()),
        *(f"never answered: {' '.join(map(str, identity))}" for identity in ledger.unanswered),
    ]
    more = len(all_of_it) - NAMED
    return [*all_of_it[:NAMED], *([f"and {number(more)} more"] if more > 0 else [])]


def _line(entry: tuple[str, int]) -> str:
    name, count = entry
    return f"{name:<30}{number(count):>10}"
