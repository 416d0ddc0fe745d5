"""What is stored held against the ledger, event by event and table by table."""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Literal, TypeVar

from simulator.ledger import (
    Identity,
    Ledger,
    Place,
    Reported,
    film_days,
    latest,
    longest,
    viewer_days,
)
from simulator.records import EventRow, Records

Kind = Literal["missing", "twice", "different", "beyond the ledger"]
K = TypeVar("K", bound=tuple[Hashable, ...])
V = TypeVar("V")


@dataclass(frozen=True)
class Difference:
    kind: Kind
    table: str
    key: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.kind}: {self.table} {self.key}" + (self.detail and f": {self.detail}")


def differences(ledger: Ledger, records: Records) -> Sequence[Difference]:
    """None, if all is well. What was never answered may be stored or not; if so, it counts."""
    stored = {identity_of(row): reported_of(row) for row in records.views}
    expected = dict(ledger.accepted)
    expected.update((i, r) for i, r in ledger.unanswered.items() if i in stored)
    days = viewer_days(expected)
    found = [
        *_unequal("views", expected, stored),
        *_repeated("views", map(identity_of, records.views)),
        *_unequal("viewer_days", days, records.viewer_days),
        *_unequal("film_daily", film_days(days.items()), records.film_days),
    ]
    for table, winners, rows in (
        ("latest_view", latest(expected), records.latest),
        ("longest_view", longest(expected), records.longest),
    ):
        there = {place_of(row): (identity_of(row), reported_of(row)) for row in rows}
        found += _unequal(table, _standing(winners, expected, there), there)
        found += _repeated(table, map(place_of, rows))
    return found


def identity_of(row: EventRow) -> Identity:
    return row.user_id, row.film_id, row.event_id


def place_of(row: EventRow) -> Place:
    return row.user_id, row.film_id


def reported_of(row: EventRow) -> Reported:
    return Reported(row.progress, row.total, row.event_time)


def _standing(
    winners: Mapping[Place, Set[Identity]],
    expected: Mapping[Identity, Reported],
    there: Mapping[Place, tuple[Identity, Reported]],
) -> dict[Place, tuple[Identity, Reported]]:
    """The event that a table of positions should hold; of several that tie, the one it holds."""
    standing = {}
    for place, tied in winners.items():
        chosen = min(tied)
        if place in there and there[place][0] in tied:
            chosen = there[place][0]
        standing[place] = (chosen, expected[chosen])
    return standing


def _unequal(table: str, expected: Mapping[K, V], stored: Mapping[K, V]) -> Iterator[Difference]:
    for key, value in expected.items():
        if key not in stored:
            yield Difference("missing", table, _shown(key), _shown(value))
        elif stored[key] != value:
            detail = f"{_shown(stored[key])}, but it should be {_shown(value)}"
            yield Difference("different", table, _shown(key), detail)
    for key in stored.keys() - expected.keys():
        yield Difference("beyond the ledger", table, _shown(key), _shown(stored[key]))


def _repeated(table: str, keys: Iterable[K]) -> Iterator[Difference]:
    for key, times in Counter(keys).items():
        if times > 1:
            yield Difference("twice", table, _shown(key), f"{times} rows")


def _shown(value: object) -> str:
    return " ".join(map(_shown, value)) if isinstance(value, tuple) else str(value)
