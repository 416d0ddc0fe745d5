"""What becomes of heartbeats on their way: sent at once, late, again, out of order, or wrong.

A delivery is what leaves a device at one moment; `deliveries` gives a viewer's in the order in
which they arrive.
"""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from simulator.devices import Device
from simulator.mistakes import MISTAKES, Mistake
from simulator.viewer import Heartbeat, Sitting

DELAYED = 0.02  # chance of each, per heartbeat
REPEATED = 0.03
SPOILT = 0.015
MIXED = 0.002  # begins a batch with mistakes in it
MOST_AT_ONCE = 120  # of what was gathered without network: within a viewer's burst


@dataclass(frozen=True)
class Live:
    """As it comes; `delayed` ones arrive after later ones."""

    device: Device
    heartbeat: Heartbeat
    delayed: bool = False
    events = 1


@dataclass(frozen=True)
class Upload:
    """Hours late, what a device gathered while it had no network."""

    device: Device
    heartbeats: Sequence[Heartbeat]

    @property
    def events(self) -> int:
        return len(self.heartbeats)


@dataclass(frozen=True)
class Again:
    """The very same event a second time: its answer got lost."""

    heartbeat: Heartbeat
    events = 1


@dataclass(frozen=True)
class Wrong:
    heartbeat: Heartbeat
    event_id: UUID
    mistake: Mistake
    events = 1


@dataclass(frozen=True)
class Mixed:
    """A batch, some of it wrong."""

    lines: Sequence[tuple[Heartbeat, UUID, Mistake | None]]

    @property
    def events(self) -> int:
        return len(self.lines)


Delivery = Live | Upload | Again | Wrong | Mixed


def deliveries(rng: random.Random, sittings: Iterable[Sitting]) -> Sequence[Delivery]:
    """All that one viewer's devices send, in order of arrival."""
    arrivals = [arrival for sitting in sittings for arrival in _arrivals(rng, sitting)]
    return [delivery for _, delivery in sorted(arrivals, key=lambda arrival: arrival[0])]


def _arrivals(rng: random.Random, sitting: Sitting) -> Iterator[tuple[datetime, Delivery]]:
    if sitting.offline:
        yield from _uploads(rng, sitting)
        return
    beats = iter(sitting.heartbeats)
    for beat in beats:
        yield from _wrong_before(rng, beat)
        if rng.random() < MIXED:
            yield beat.at, _mixed(rng, [beat, *_next(beats, rng.randint(3, 15))])
            continue
        delayed = rng.random() < DELAYED
        arrives = beat.at + timedelta(seconds=rng.uniform(12, 90) if delayed else 0.1)
        yield arrives, Live(sitting.device, beat, delayed)
        yield from _again_after(rng, arrives, beat)


def _uploads(rng: random.Random, sitting: Sitting) -> Iterator[tuple[datetime, Delivery]]:
    arrives = sitting.heartbeats[-1].at + timedelta(hours=rng.uniform(1, 8))
    for first in range(0, len(sitting.heartbeats), MOST_AT_ONCE):
        arrives += timedelta(seconds=30)
        some = sitting.heartbeats[first : first + MOST_AT_ONCE]
        yield arrives, Upload(sitting.device, some)
        yield from _again_after(rng, arrives, rng.choice(some))


def _wrong_before(rng: random.Random, beat: Heartbeat) -> Iterator[tuple[datetime, Delivery]]:
    if rng.random() < SPOILT:
        yield beat.at, Wrong(beat, _new_id(rng), rng.choice(MISTAKES))


def _again_after(
    rng: random.Random, arrived: datetime, beat: Heartbeat
) -> Iterator[tuple[datetime, Delivery]]:
    while rng.random() < REPEATED:
        arrived += timedelta(seconds=rng.uniform(1, 600))
        yield arrived, Again(beat)


def _mixed(rng: random.Random, beats: Sequence[Heartbeat]) -> Mixed:
    lines: list[tuple[Heartbeat, UUID, Mistake | None]] = []
    for beat in beats:
        if rng.random() < 0.2 or len(lines) == 1:  # one at least: every such batch has four lines
            lines.append((beat, _new_id(rng), rng.choice(MISTAKES)))
        lines.append((beat, _new_id(rng), None))
    return Mixed(lines)


def _next(beats: Iterator[Heartbeat], count: int) -> Iterator[Heartbeat]:
    """Up to `count` more."""
    for _, beat in zip(range(count), beats, strict=False):
        yield beat


def _new_id(rng: random.Random) -> UUID:
    return UUID(int=rng.getrandbits(128), version=4)
