"""A viewer and the last few evenings: films begun, put down half-way and taken up the next day."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple
from uuid import UUID

from simulator.catalogue import CATALOGUE, Film
from simulator.devices import MOST_AHEAD_S, Device, Kind
from simulator.watching import watch

NIGHTS = 5  # the last ones
WATCHES = (1, 1, 2, 2, 3)  # on so many of them
BEGINS = time(18, tzinfo=UTC)
LASTS = timedelta(hours=12)  # a night, until every screen is dark
MORNING = timedelta(hours=6.5)  # of the day after; then its last pause and fast clocks are past too

CHANGES_DEVICE = 0.15  # chance of each, per sitting
WITHOUT_NETWORK = 0.12


@dataclass(frozen=True)
class Heartbeat:
    """One report: who is where in which film. Seconds are whole milliseconds."""

    user_id: UUID
    film_id: UUID
    progress: float
    total: float
    at: datetime  # the true time
    event_time: datetime  # by the device's clock; no two of a viewer in a film are the same


@dataclass(frozen=True)
class Sitting:
    """A stretch in front of one device, and whether that had no network meanwhile."""

    device: Device
    film: Film
    offline: bool
    heartbeats: Sequence[Heartbeat]


class Night(NamedTuple):
    begins: datetime
    tired: datetime  # nothing is begun after that
    ends: datetime
    last: bool


@dataclass(frozen=True)
class Viewer:
    id: UUID
    phone: Device
    tv: Device

    @classmethod
    def born(cls, rng: random.Random) -> "Viewer":
        def device(kind: Kind) -> Device:
            return Device(kind, round(rng.uniform(-MOST_AHEAD_S, MOST_AHEAD_S), 3))

        new = UUID(int=rng.getrandbits(128), version=4)
        return cls(new, device(Kind.PHONE), device(Kind.TV))

    def sittings(self, rng: random.Random, now: datetime) -> Iterator[Sitting]:
        """Of some nights before `now` (UTC), in order of time, all of them over. What was put
        down one night is taken up the next; on the last one it is watched to its end."""
        seen: set[UUID] = set()
        taken: set[tuple[UUID, datetime]] = set()
        film, position, goal = CATALOGUE[0], 0.0, 0.0  # nothing unfinished
        for night in _nights(rng, now):
            clock, device = night.begins, rng.choice((self.phone, self.tv))
            while clock < night.tired or (night.last and position < goal and clock < night.ends):
                if position >= goal:
                    film = _choice(rng, seen)
                    seen.add(film.id)
                    position, goal = 0.0, film.leaving_point(rng)
                if rng.random() < CHANGES_DEVICE:
                    device = self.tv if device is self.phone else self.phone
                lasts = ((night.ends if night.last else night.tired) - clock).total_seconds()
                if device is self.phone:
                    lasts = min(lasts, rng.uniform(600, 3600))
                watched = watch(rng, position, goal, lasts)
                beats = self.heartbeats(film, device, clock, watched, taken)
                offline = device is self.phone and rng.random() < WITHOUT_NETWORK
                yield Sitting(device, film, offline, beats)
                position = beats[-1].progress
                clock = beats[-1].at + timedelta(seconds=rng.uniform(20, 400))

    def heartbeats(
        self,
        film: Film,
        device: Device,
        starts: datetime,
        beats: Iterator[tuple[float, float]],
        taken: set[tuple[UUID, datetime]],
    ) -> Sequence[Heartbeat]:
        """Of `beats`, (seconds since the start, position); none at a film and time in `taken`,
        to which theirs are added."""
        made = []
        for seconds, position in beats:
            at = starts + timedelta(seconds=seconds)
            while (film.id, device.shows(at)) in taken:  # two clocks that met
                at += timedelta(milliseconds=1)
            shown = device.shows(at)
            taken.add((film.id, shown))
            made.append(Heartbeat(self.id, film.id, position, film.length, at, shown))
        return made


def _nights(rng: random.Random, now: datetime) -> Iterator[Night]:
    latest = (now - MORNING).date() - timedelta(days=1)
    chosen = sorted(rng.sample(range(NIGHTS), rng.choice(WATCHES)), reverse=True)
    for days in chosen:
        opens = datetime.combine(latest - timedelta(days=days), BEGINS)
        begins = opens + timedelta(seconds=rng.uniform(0, 3.5 * 3600))
        tired = begins + timedelta(seconds=rng.uniform(15 * 60, 75 * 60))
        yield Night(begins, tired, opens + LASTS, last=days == chosen[-1])


def _choice(rng: random.Random, seen: set[UUID]) -> Film:
    """By popularity; not again what was seen, as long as there is something else."""
    left = [film for film in CATALOGUE if film.id not in seen] or list(CATALOGUE)
    (film,) = rng.choices(left, [film.popularity for film in left])
    return film
