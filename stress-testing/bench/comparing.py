"""A run held against a saved one. A decision on numbers, no I/O.

The machine is noisy: a figure is compared by ratios of all pairs of its runs, new to old, each run
divided by what the reference operation took beside it, and once more by the plain way of its own
round. It counts as changed only when both say the same, and only when every pair does.

Both, since the rounds of one run share its minute: from the run of 07e404e to that of cb379c0 a row
of plain/lean.py, which nobody had touched, fell from 8.6..9.7 us to 5.1..6.0 in all 25 pairs, while
the reference moved by 3 %. So what has no plain way beside it gets a ratio and no verdict.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from bench.figures import Figure

NOTICEABLE = 0.05
"""A smaller change is never called one: another minute of the same machine makes it."""

FEWEST = 4
"""Runs, on both sides; with fewer there is no spread to judge by. How often chance alone moves all
runs of a side is not known: it could be counted only if they did not share their run's minute."""

ALONE = "no plain way beside it: no verdict"
COUNTED = ("bytes", "%")
"""Follow no machine's speed, so that they can be judged alone."""

POWER = {"us": 1, "ms": 1, "a second": -1}
"""How a unit follows the time that the reference takes."""

WORDS = {"us": ("slower", "faster"), "ms": ("slower", "faster"), "a second": ("faster", "slower")}
"""For more and for less of a unit."""


@dataclass(frozen=True)
class Ratio:
    """New to old: the median of all pairs of runs, and the outermost."""

    middle: float
    least: float
    most: float

    @property
    def side(self) -> int:
        """1 when it is more in every pair and noticeably, -1 for less, else 0."""
        if self.least > 1 and self.middle > 1 + NOTICEABLE:
            return 1
        return -1 if self.most < 1 and self.middle < 1 - NOTICEABLE else 0

    def __str__(self) -> str:
        return f"{self.middle:.2f} ({self.least:.2f}..{self.most:.2f})"


@dataclass(frozen=True)
class Comparison:
    name: str
    unit: str
    old: float
    new: float
    raw: Ratio
    by_reference: Ratio | None
    by_plain: Ratio | None
    verdict: str


def ratio(new: Sequence[float], old: Sequence[float]) -> Ratio:
    pairs = [a / b for a in new for b in old]
    return Ratio(median(pairs), min(pairs), max(pairs))


def compare(new: Mapping[str, Figure], old: Mapping[str, Figure]) -> list[Comparison]:
    """Of all figures that both have and that are not zero, in the order of the new ones."""
    zeros = with_zeros(new, old)
    return [
        _compare(figure, old[name], new.get(figure.plain), old.get(figure.plain))
        for name, figure in new.items()
        if name in old and name not in zeros
    ]


def with_zeros(new: Mapping[str, Figure], old: Mapping[str, Figure]) -> list[str]:
    """Figures of both of which there is no ratio: a run is zero."""
    return [
        name
        for name, figure in new.items()
        if name in old and not (all(figure.runs) and all(old[name].runs))
    ]


def to_plain(figure: Figure, plain: Figure | None) -> list[float]:
    """Each run divided by the plain way's of the same number (of its own round, but for two
    workers, who come later); where these are not as many, or zero, by their median. Empty where
    that is zero too, or there is no plain way."""
    if plain is None or not plain.middle:
        return []
    if len(plain.runs) == len(figure.runs) and all(plain.runs):
        return [run / by for run, by in zip(figure.runs, plain.runs, strict=True)]
    return [run / plain.middle for run in figure.runs]


def _compare(
    new: Figure, old: Figure, new_plain: Figure | None, old_plain: Figure | None
) -> Comparison:
    raw = ratio(new.runs, old.runs)
    by_reference = by_plain = None
    if new.unit in POWER and not new.waits:
        by_reference = ratio(_by_reference(new), _by_reference(old))
    if (ours := to_plain(new, new_plain)) and (theirs := to_plain(old, old_plain)):
        by_plain = ratio(ours, theirs)
    sides = {one.side for one in (by_reference or raw, by_plain) if one}
    return Comparison(
        new.name, new.unit, old.middle, new.middle, raw, by_reference, by_plain,
        _verdict(sides, new.unit, min(len(new.runs), len(old.runs)), by_plain),
    )  # fmt: skip


def _verdict(sides: set[int], unit: str, runs: int, by_plain: Ratio | None) -> str:
    if by_plain is None and unit not in COUNTED:
        return ALONE
    if runs < FEWEST:
        return "no spread"
    if len(sides) > 1 or 0 in sides:
        return "within noise"
    more, less = WORDS.get(unit, ("more", "less"))
    return more if 1 in sides else less


def _by_reference(figure: Figure) -> list[float]:
    power = POWER[figure.unit]
    return [run / us**power for run, us in zip(figure.runs, figure.reference_us, strict=True)]
