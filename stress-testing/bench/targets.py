"""What the product is to reach. Printed and drawn beside what was measured, never asserted."""

from collections.abc import Mapping
from typing import NamedTuple

from bench.figures import FEWEST_FOR_P99, Figure, short, spread

HELD = 0.99
"""The share of the planned rate without which the freshness at that rate is not known."""
NEAR = 0.05
"""So near to its bound a figure is told with a digit more: 19.97 of 20 is not 20."""


class Target(NamedTuple):
    figure: str
    at_most: float
    unit: str
    words: str

    def told(self, value: float) -> str:
        near = abs(value - self.at_most) <= NEAR * self.at_most
        return f"{value:.4g}" if near and value < 1000 else short(value)


FRESHNESS = Target("freshness/p99", 1000, "ms", "an event is seen after its 202 (p99)")
OF_READS = {
    "position": Target("position, 10M rows/p99", 20, "ms", "a position of 10 M rows is read (p99)"),
    "top": Target("top, 10M rows/p99", 1000, "ms", "the top films of 10 M rows are read (p99)"),
}
TARGETS = (
    Target("etl/etl", 2.0, "us", "a row takes of the worker's CPU"),
    Target("etl/to the lean one", 0.65, "times", "the same, to getmany and one decode a row"),
    Target("memory/peak", 250, "MiB", "the worker's memory over a backlog"),
    FRESHNESS,
    *OF_READS.values(),
)


def judged(target: Target, known: Mapping[str, Figure], rate: float) -> str:
    """What is printed of it; empty when its part was not measured."""
    said = verdict(target, known, rate)
    return said and f"target: {target.words}, at most {target.at_most:g} {target.unit}: {said}"


def verdict(target: Target, known: Mapping[str, Figure], rate: float) -> str:
    """In words; empty when its part was not measured."""
    part, _, what = target.figure.rpartition("/")
    found, accepted = known.get(target.figure), known.get(f"{part}/accepted")
    if found is None and not (what == "p99" and f"{part}/p50" in known):
        return ""
    if accepted and accepted.middle < HELD * rate:
        return f"not judged, {short(accepted.middle)} of {short(rate)} a second were accepted"
    if found is None:
        return f"not judged, fewer than {FEWEST_FOR_P99} measured"
    met = "met" if found.middle <= target.at_most else "not met"
    beside = spread(found, target.told)
    return f"{target.told(found.middle)} {target.unit}{beside and f' ({beside})'}, {met}"
