"""What a client has to report, and how: with id and time, with a UUIDv7 alone, or with neither.

One viewer's id may be another's too: both draw from the same sequence of shared ids.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from simulator.ledger import Identity, Reported

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TOTAL = 5400.0  # seconds
CLOCKS_DIFFER = timedelta(seconds=5)
LATE, MOST_LATE = 0.15, timedelta(days=2)  # share of reports, of devices without network
FILMS = tuple(UUID(int=900 + n) for n in range(5))


@dataclass
class Report:
    """One event on its way, the same however often it is sent. `event_id` and `event_time` are
    what is sent; both are None in a report without a name, until an answer names it."""

    user: UUID
    film: UUID
    progress: float
    total: float
    event_id: UUID | None
    event_time: datetime | None
    tries: int = 0
    without_time: bool = False  # when it was made

    @property
    def named(self) -> bool:
        return self.event_id is not None

    def fields(self) -> dict[str, object]:
        known: dict[str, object] = {"progress": self.progress, "total": self.total}
        if self.event_id is not None:
            known["event_id"] = str(self.event_id)
        if self.event_time is not None:
            known["event_time"] = self.event_time.isoformat()
        return known

    def take_name(self, answer: Mapping[str, object]) -> None:
        """What an answer says this event is called. Raises AssertionError if it already has
        another name."""
        event_id = UUID(str(answer["event_id"]))
        event_time = datetime.fromisoformat(str(answer["event_time"]))
        if self.named:
            assert (event_id, event_time) == (self.event_id, self.reported.event_time), answer
        self.event_id, self.event_time = event_id, event_time

    @property
    def identity(self) -> Identity:
        assert self.event_id is not None
        return self.user, self.film, self.event_id

    @property
    def reported(self) -> Reported:
        moment = self.event_time
        if moment is None:
            assert self.event_id is not None
            moment = EPOCH + timedelta(milliseconds=self.event_id.int >> 80)
        return Reported(self.progress, self.total, moment)


class Reporter:
    """One viewer's reports. `without_time` is the share of those with neither id nor time: each is
    about a film of its own, because a try without an answer leaves an unknown event there."""

    def __init__(self, user: UUID, rng: random.Random, shared: random.Random) -> None:
        self.user = user
        self._rng = rng
        self._shared = shared
        self._ahead = timedelta()  # the API's clock of ours

    def learn_time(self, told: datetime) -> None:
        """Put the clock right, as devices do, by the time that an answer carries."""
        ahead = told - datetime.now(UTC)
        if abs(ahead - self._ahead) > CLOCKS_DIFFER:
            self._ahead = ahead

    def next(self, shared: float, without_time: float = 0.0) -> Report:
        """The kinds by their shares; of the rest, every third is named by a UUIDv7 alone."""
        moment = datetime.now(UTC) + self._ahead
        moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
        if self._rng.random() < without_time:
            report = self._report(self._new_id(), None, None)
            report.without_time = True
            return report
        film = self._rng.choice(FILMS)
        if self._rng.random() < LATE:
            moment -= timedelta(
                milliseconds=self._rng.randrange(round(MOST_LATE.total_seconds() * 1000))
            )
        if self._rng.random() < shared:
            event_id = UUID(int=self._shared.getrandbits(128), version=4)
            return self._report(film, event_id, moment)
        if self._rng.random() < 1 / 3:
            return self._report(film, self._uuid7(moment), None)
        return self._report(film, self._new_id(), moment)

    def _report(self, film: UUID, event_id: UUID | None, event_time: datetime | None) -> Report:
        progress = round(self._rng.uniform(0, TOTAL), 3)
        return Report(self.user, film, progress, TOTAL, event_id, event_time)

    def _new_id(self) -> UUID:
        return UUID(int=self._rng.getrandbits(128), version=4)

    def _uuid7(self, moment: datetime) -> UUID:
        milliseconds = (moment - EPOCH) // timedelta(milliseconds=1)
        random_bits = self._rng.getrandbits(74)
        high, low = random_bits >> 62, random_bits & (1 << 62) - 1
        return UUID(int=milliseconds << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low)
