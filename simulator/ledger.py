"""What was sent and how it was answered; and what has to be in the tables because of it."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

Identity = tuple[UUID, UUID, UUID]
"""A viewer, a film, an event."""


class Reported(NamedTuple):
    """Seconds in whole milliseconds, time in UTC and whole milliseconds."""

    progress: float
    total: float
    event_time: datetime


@dataclass
class Ledger:
    """Accepted events by identity, the refused by code. `unanswered` ones may be stored or not;
    `surprises` are answers that should not have been given."""

    accepted: dict[Identity, Reported] = field(default_factory=dict)
    unanswered: dict[Identity, Reported] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)
    surprises: list[str] = field(default_factory=list)
    sent: int = 0  # reports, repetitions among them
    again: int = 0  # repetitions that were meant
    late: int = 0
    delayed: int = 0
    retried: int = 0  # repetitions because of no answer, 429 or 503

    def accept(self, identity: Identity, reported: Reported) -> None:
        self.unanswered.pop(identity, None)
        self.accepted[identity] = reported

    def lose_sight_of(self, identity: Identity, reported: Reported) -> None:
        if identity not in self.accepted:
            self.unanswered[identity] = reported

    def refuse(self, code: str, expected: str | None) -> None:
        """`expected` is None for what should have been accepted."""
        self.refused[code] += 1
        if code != expected:
            self.surprises.append(f"refused as {code}, expected: {expected or 'accepted'}")


Place = tuple[UUID, UUID]  # a viewer and a film
ViewerDay = tuple[UUID, date, UUID]  # a film, a day in UTC, a viewer
Maxima = tuple[float, float]  # progress, total


class FilmDay(NamedTuple):
    viewers: int
    completions: int
    reached_ms: int


def latest(accepted: Mapping[Identity, Reported]) -> Mapping[Place, Set[Identity]]:
    """By viewer and film the event that came last; several, if no one knows which did."""
    return _greatest(accepted, lambda reported: reported.event_time.timestamp())


def longest(accepted: Mapping[Identity, Reported]) -> Mapping[Place, Set[Identity]]:
    """By viewer and film the events that reached furthest."""
    return _greatest(accepted, lambda reported: reported.progress)


def viewer_days(accepted: Mapping[Identity, Reported]) -> dict[ViewerDay, Maxima]:
    found: dict[ViewerDay, Maxima] = {}
    for (user, film, _), (progress, total, event_time) in accepted.items():
        key = (film, event_time.date(), user)
        so_far = found.get(key, (0.0, 0.0))
        found[key] = (max(so_far[0], progress), max(so_far[1], total))
    return found


def film_days(days: Iterable[tuple[ViewerDay, Maxima]]) -> dict[tuple[UUID, date], FilmDay]:
    """A film has been completed by who reached nine tenths of it."""
    found: dict[tuple[UUID, date], FilmDay] = {}
    for (film, day, _), (progress, total) in days:
        viewers, completions, reached_ms = found.get((film, day), FilmDay(0, 0, 0))
        found[film, day] = FilmDay(
            viewers + 1,
            completions + (_ms(progress) * 10 >= _ms(total) * 9),
            reached_ms + _ms(progress),
        )
    return found


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


def _greatest(
    accepted: Mapping[Identity, Reported], of: Callable[[Reported], float]
) -> Mapping[Place, Set[Identity]]:
    best: dict[Place, float] = {}
    found: dict[Place, set[Identity]] = {}
    for identity, reported in accepted.items():
        place, value = identity[:2], of(reported)
        if value > best.get(place, -1.0):
            best[place], found[place] = value, set()
        if value == best[place]:
            found[place].add(identity)
    return found
