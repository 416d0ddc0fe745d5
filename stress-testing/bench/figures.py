"""What a run found: figures, each measured several times, and what it was measured on."""

from collections.abc import Callable, Sequence
from statistics import median

import msgspec
from bench.measuring import reference_us
from percentiles import at

Curve = list[tuple[float, float]]

FEWEST_FOR_P99 = 500
"""Values; that of fewer is one of their five largest."""


class Figure(msgspec.Struct, frozen=True):
    """`runs` are in `unit`; `reference_us` stands beside each. `plain` is the figure of the plain
    way, if there is one. What is mostly waiting does not follow the machine's speed. `samples`: of
    how many values a p99 is, those of all rounds together."""

    name: str
    unit: str
    runs: list[float]
    reference_us: list[float]
    plain: str = ""
    waits: bool = False
    samples: int = 0

    @property
    def middle(self) -> float:
        return median(self.runs)


class Record(msgspec.Struct):
    """`memory`: rows stored, and MiB of the worker. `freshness_ms`: the 0th to 100th percentile by
    way. `tables`: what was read from."""

    taken: str
    machine: dict[str, str | int]
    versions: dict[str, str]
    chosen: dict[str, int | float | list[int]]
    figures: list[Figure]
    memory: Curve
    freshness_ms: dict[str, list[float]]
    tables: list[dict[str, int]]

    def by_name(self) -> dict[str, Figure]:
        return {figure.name: figure for figure in self.figures}


class Findings:
    """Filled while a run lasts."""

    def __init__(self) -> None:
        self.figures: dict[str, Figure] = {}
        self.memory: Curve = []
        self.freshness_ms: dict[str, list[float]] = {}
        self.tables: list[dict[str, int]] = []
        self._reference_us = 0.0
        self._took_ms: dict[str, list[float]] = {}

    def look_at_the_machine(self) -> None:
        """How fast it is now; what is noted next is noted beside it."""
        self._reference_us = reference_us()

    def note(
        self, name: str, unit: str, value: float, plain: str = "", waits: bool = False
    ) -> None:
        """One more run of a figure."""
        figure = self.figures.setdefault(name, Figure(name, unit, [], [], plain, waits))
        figure.runs.append(round(value, 4))
        figure.reference_us.append(round(self._reference_us, 2))

    def note_spent(self, part: str, spent: dict[str, float], events: int, plain: str = "") -> None:
        """CPU per event by process, and of all together; `plain` is the part of the plain way."""
        for process, us in {**spent, "all": sum(spent.values())}.items():
            self.note(f"{part}/{process}", "us", us / events, plain and f"{plain}/{process}")

    def note_took(
        self, part: str, took_ms: Sequence[float], plain: str = "", waits: bool = False
    ) -> None:
        """One more round of what took so long: p50 and p95 of it, and p99 of all rounds so far."""
        for name, share in (("p50", 0.5), ("p95", 0.95)):
            ms = at(sorted(took_ms), share)
            self.note(f"{part}/{name}", "ms", ms, plain and f"{plain}/{name}", waits)
        whole = self._took_ms.setdefault(part, [])
        whole += took_ms
        beside = median(self.figures[f"{part}/p95"].reference_us)
        self.figures[f"{part}/p99"] = Figure(
            f"{part}/p99", "ms", [round(at(sorted(whole), 0.99), 4)], [beside],
            plain and f"{plain}/p99", waits, len(whole),
        )  # fmt: skip

    def kept(self) -> list[Figure]:
        """All but a p99 of too few."""
        return [one for one in self.figures.values() if not 0 < one.samples < FEWEST_FOR_P99]


def spread(figure: Figure, told: Callable[[float], str]) -> str:
    """Of its runs; of how many values it is a p99; empty of one run."""
    if figure.samples:
        return f"of {short(figure.samples)}"
    if len(figure.runs) == 1:
        return ""
    return f"{told(min(figure.runs))}..{told(max(figure.runs))}"


def short(value: float) -> str:
    return f"{value:,.0f}".replace(",", " ") if abs(value) >= 1000 else f"{value:.3g}"
