"""Whether a curve grows. A decision on numbers, no I/O.

Of each stretch between two starts of a process the beginning is left out: it warms up. Through the
rest goes the line whose slope is the median of the slopes between all pairs of samples, which
some outliers do not move. A curve grows when that line is steeper than is allowed, ends above the
level that is allowed in any case, and has risen by more than its samples scatter and than little
things like one more connection explain.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median

WARMS_UP, WARMS_UP_AT_MOST_S = 0.5, 600.0
"""Of a stretch, and seconds of a long one: ClickHouse keeps replaced parts open for eight minutes,
so its handles grow for as long after each start."""
FEWEST, SHORTEST_S = 12, 90.0  # samples and seconds left, else nothing can be said
MOST = 150  # samples that pairs are made of
SCATTERS = 3.0

Series = Sequence[tuple[float, float]]
"""Seconds and values."""


@dataclass(frozen=True)
class Allowance:
    """Growth in an hour: the larger of a share of the level and of `at_least`; a stretch that rises
    by less than that says nothing. Whatever stays below `settled` does not matter: a heap, a cache
    or a pool is filled up to a limit of its own."""

    share: float
    at_least: float
    settled: float = 0.0

    def per_hour(self, level: float) -> float:
        return max(self.share * level, self.at_least)

    def noticed(self, found: "Trend") -> float:
        """Growth in an hour from which such a stretch would be found to grow, above `settled`."""
        rise = max(self.at_least, SCATTERS * found.scatter)
        return max(self.per_hour(found.level), rise / found.hours)


@dataclass(frozen=True)
class Trend:
    """`hours` were judged; `level` is the line's value at their end, `scatter` the median distance
    of samples from it."""

    hours: float
    per_hour: float
    level: float
    scatter: float

    @property
    def rise(self) -> float:
        return self.per_hour * self.hours

    def grows(self, allowed: Allowance) -> bool:
        return self.per_hour > allowed.noticed(self) and self.level > allowed.settled


def trend(series: Series) -> Trend | None:
    """None for a stretch too short to be judged."""
    if not series:
        return None
    begins, ends = series[0][0], series[-1][0]
    warm = begins + min(WARMS_UP * (ends - begins), WARMS_UP_AT_MOST_S)
    kept = [one for one in series if one[0] >= warm]
    if len(kept) < FEWEST or kept[-1][0] - kept[0][0] < SHORTEST_S:
        return None
    some = kept[:: -(-len(kept) // MOST)]
    slope = median((b[1] - a[1]) / (b[0] - a[0]) for a, b in combinations(some, 2))
    base = median(value - slope * at for at, value in some)
    return Trend(
        hours=(some[-1][0] - some[0][0]) / 3600,
        per_hour=slope * 3600,
        level=base + slope * some[-1][0],
        scatter=median(abs(value - base - slope * at) for at, value in some),
    )
