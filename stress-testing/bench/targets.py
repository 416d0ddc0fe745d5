"""What the product is to reach. Printed and drawn beside what was measured, never asserted."""

from collections.abc import Mapping
from typing import NamedTuple

from bench.figures import FEWEST_FOR_P99, Figure

HELD = 0.99
"""The share of the planned rate without which the freshness at that rate is not known."""


class Target(NamedTuple):
    """For p99 of `part`, in milliseconds."""

    part: str
    ms: float
    words: str


FRESHNESS = Target("freshness", 1000, "an event is seen after its 202")
OF_READS = {
    "position": Target("position, 10M rows", 20, "a viewer's position of 10 M rows"),
    "top": Target("top, 10M rows", 1000, "the top films of a week of 10 M rows"),
}


def judged(target: Target, known: Mapping[str, Figure], rate: float) -> str:
    """What is printed of it; empty when its part was not measured."""
    if f"{target.part}/p50" not in known:
        return ""
    p99, accepted = known.get(f"{target.part}/p99"), known.get(f"{target.part}/accepted")
    if accepted and accepted.middle < HELD * rate:
        verdict = f"not judged, {accepted.middle:,.0f} of {rate:,.0f} a second were accepted"
    elif p99 is None:
        verdict = f"not judged, fewer than {FEWEST_FOR_P99} measured"
    else:
        verdict = f"{p99.middle:.0f} ms, {'met' if p99.middle < target.ms else 'not met'}"
    return f"target: {target.words} within {target.ms:.0f} ms (p99): {verdict}"
