"""The ledger of a soak, small enough for hours: a byte and a time for each event.

What an event says follows from who sends it and its number, so only its time and what became of it
are kept: nine bytes. The full ledger is made of that again, for some viewers at a time.
"""

import random
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from simulator.ledger import Identity, Ledger, Reported

SENT, ACCEPTED, REFUSED = 0, 1, 2
TOTAL = 5400.0  # seconds
BEATS = 90  # of a film, one a minute
FILMS = tuple(UUID(int=0x50A4 << 64 | n) for n in range(60))
IDS = 1 << 62
SCATTER = 0x1D3F_84A7_5B2C_96E5  # odd, so that no two numbers meet


class Event(NamedTuple):
    """The `number`th of a viewer, and of when."""

    number: int
    identity: Identity
    reported: Reported

    def fields(self) -> str:
        """As JSON without its braces."""
        progress, total, moment = self.reported
        return (
            f'"progress":{progress},"total":{total},"event_id":"{self.identity[2]}",'
            f'"event_time":"{moment.isoformat(timespec="milliseconds")}"'
        )


@dataclass
class Diary:
    """One viewer's; `place` tells viewers of one `seed` apart."""

    seed: int
    place: int
    states: bytearray = field(default_factory=bytearray)
    times: "array[int]" = field(default_factory=lambda: array("Q"))  # Unix milliseconds

    def __post_init__(self) -> None:
        rng = random.Random(f"{self.seed}/{self.place}")
        self.viewer = UUID(int=rng.getrandbits(128), version=4)

    def begin(self, moment: datetime) -> Event:
        """The next event, sent from now on."""
        self.states.append(SENT)
        self.times.append(int(moment.timestamp() * 1000))
        return self.event(len(self.states) - 1)

    def event(self, number: int) -> Event:
        films, beat = divmod(number, BEATS)
        film = FILMS[(self.place + films) % len(FILMS)]
        scattered = (self.place << 32 | number) * SCATTER % IDS
        event_id = UUID(int=(self.seed % (1 << 48)) << 80 | 4 << 76 | 0b10 << 62 | scattered)
        moment = datetime.fromtimestamp(self.times[number] / 1000, UTC)
        progress = beat * (TOTAL / BEATS) + self.place % 1000 / 1000
        return Event(number, (self.viewer, film, event_id), Reported(progress, TOTAL, moment))

    def settle(self, event: Event, state: int) -> None:
        self.states[event.number] = state


class Diaries:
    """Of so many viewers. `answers` counts requests by status, 0 for none."""

    def __init__(self, seed: int, viewers: int) -> None:
        self.each = [Diary(seed, place) for place in range(viewers)]
        self.answers: dict[int, int] = {}
        self.surprises: list[str] = []
        self.again = 0  # events sent once more on purpose
        self.accepted = 0

    @property
    def viewers(self) -> Sequence[UUID]:
        return [diary.viewer for diary in self.each]

    def count(self, status: int) -> None:
        self.answers[status] = self.answers.get(status, 0) + 1

    def accept(self, diary: Diary, event: Event) -> None:
        self.accepted += diary.states[event.number] != ACCEPTED
        diary.settle(event, ACCEPTED)

    def refuse(self, diary: Diary, event: Event, code: str) -> None:
        diary.settle(event, REFUSED)
        self.surprises.append(f"refused as {code}, expected: accepted")


def ledger(diaries: Iterable[Diary]) -> Ledger:
    """All that these viewers sent, as the comparison wants it."""
    made = Ledger()
    for diary in diaries:
        for number, state in enumerate(diary.states):
            if state != REFUSED:
                event = diary.event(number)
                known = made.accepted if state == ACCEPTED else made.unanswered
                known[event.identity] = event.reported
    return made
