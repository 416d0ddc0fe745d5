"""Everything that is sent in one run, and in which order: a pure function of seed and moment.

Some days are played in a minute: the viewers' stories run side by side, each stretched over the
whole run, so that no single viewer sends faster than the API allows one to.
"""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from simulator.network import Delivery, deliveries
from simulator.viewer import Viewer

MOST_PER_VIEWER = (60, 30.0)  # events, and so many more for each second of the run


@dataclass(frozen=True)
class Sending:
    """One delivery of one viewer."""

    viewer: Viewer
    delivery: Delivery


@dataclass(frozen=True)
class Schedule:
    viewers: Sequence[Viewer]
    sendings: Sequence[Sending]

    @property
    def events(self) -> int:
        return _count(sending.delivery for sending in self.sendings)


def schedule(seed: int, events: int, seconds: float, now: datetime) -> Schedule:
    """About `events` reports of as many viewers as they need, made before `now`, to be sent
    within `seconds`. The last story, and those too long for the run, are cut off."""
    at_once, a_second = MOST_PER_VIEWER
    most = int(at_once + a_second * seconds)
    viewers: list[Viewer] = []
    placed: list[tuple[float, Sending]] = []
    while events > 0:
        rng = random.Random(f"{seed}/{len(viewers)}")  # noqa: S311 - to be replayed, no secret
        viewer = Viewer.born(rng)
        story = _first(deliveries(rng, viewer.sittings(rng, now)), min(most, events))
        events -= _count(story)
        placed += _spread(story, viewer, rng.random())
        viewers.append(viewer)
    placed.sort(key=lambda one: one[0])
    return Schedule(viewers, [sending for _, sending in placed])


def _spread(
    story: Sequence[Delivery], viewer: Viewer, phase: float
) -> Iterator[tuple[float, Sending]]:
    """With the moment of each as a share of the run; after many at once comes a longer break."""
    whole, before = _count(story), 0
    for delivery in story:
        yield (before + phase) / whole, Sending(viewer, delivery)
        before += delivery.events


def _count(story: Iterable[Delivery]) -> int:
    return sum(delivery.events for delivery in story)


def _first(story: Sequence[Delivery], events: int) -> Sequence[Delivery]:
    """Its beginning, of `events` reports or a few more."""
    for count, delivery in enumerate(story, 1):
        events -= delivery.events
        if events <= 0:
            return story[:count]
    return story
