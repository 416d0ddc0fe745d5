"""A run held against a saved one. A decision on numbers, no I/O.

The machine is noisy: a figure is compared by ratios of all pairs of its runs, new to old, each run
divided by what the reference operation took beside it, and once more by the plain way of its own
round. It counts as changed only when both say the same, and only when every pair does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from bench.figures import Figure

NOTICEABLE = 0.05
"""A smaller change is never called one: another minute of the same machine makes it."""

FEWEST = 4
"""Runs, on both sides; with fewer there is no spread to judge by. Where nothing changed, chance
alone puts all runs of one side above or below all of the other's in 2 of C(n + m, n) cases: 3
against 5 in 3.6 %, 4 against 5 in 1.6 %, 5 against 5 in 0.8 %. Of a hundred figures one may be
called changed so, unless the second measure or NOTICEABLE forbids it."""

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
        _verdict(sides, new.unit, min(len(new.runs), len(old.runs))),
    )  # fmt: skip


def _verdict(sides: set[int], unit: str, runs: int) -> str:
    if runs < FEWEST:
        return "no spread"
    if len(sides) > 1 or 0 in sides:
        return "within noise"
    more, less = WORDS.get(unit, ("more", "less"))
    return more if 1 in sides else less


def _by_reference(figure: Figure) -> list[float]:
    power = POWER[figure.unit]
    return [run / us**power for run, us in zip(figure.runs, figure.reference_us, strict=True)]
