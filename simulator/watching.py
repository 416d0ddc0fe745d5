"""One stretch of watching one film: a heartbeat every ten seconds, and what viewers do between."""

import random
from collections.abc import Generator, Iterator

BEAT_S = 10.0  # of watching, between two heartbeats
LATE_S = 0.2  # a player's timer is not exact

PAUSES = 0.010  # chance of each after a heartbeat
GOES_BACK = 0.006
SKIPS = 0.006


def watch(
    rng: random.Random, position: float, goal: float, lasts_s: float
) -> Iterator[tuple[float, float]]:
    """From `position` to `goal`, or until `lasts_s` has gone by (a pause may outlast it).

    Yields (seconds since the start, position in seconds) of each heartbeat, in order of time. The
    first is where the film was taken up, the last where it was put down.
    """
    clock = told = 0.0
    yield clock, position
    while position < goal and clock < lasts_s:
        step = min(BEAT_S, goal - position)
        clock += step
        position = round(position + step, 3)
        told = max(told, clock + rng.uniform(0, LATE_S))  # the last step may be shorter than that
        yield told, position
        whim = rng.random()
        if whim < PAUSES:
            clock += yield from _pause(rng, clock, position)
        elif whim < PAUSES + GOES_BACK:
            position = round(max(0.0, position - rng.uniform(15, 180)), 3)
        elif whim < PAUSES + GOES_BACK + SKIPS:
            ahead = position + rng.uniform(30, 300)
            position = round(ahead, 3) if ahead < goal else position


def _pause(
    rng: random.Random, clock: float, position: float
) -> Generator[tuple[float, float], None, float]:
    """A player falls silent, or goes on for a while to report where it stands. Returns how long
    the pause was, seconds."""
    away = rng.uniform(20, 900)
    if rng.random() < 0.5:
        told = min(int(away // BEAT_S), 6)
        for n in range(1, told + 1):
            yield clock + n * BEAT_S, position
    return away
