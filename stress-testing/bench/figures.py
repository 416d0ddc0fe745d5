"""What a run found: figures, each measured several times, and what it was measured on."""

from statistics import median

import msgspec
from bench.measuring import reference_us

Curve = list[tuple[float, float]]


class Figure(msgspec.Struct, frozen=True):
    """`runs` are in `unit`; `reference_us` stands beside each. `plain` is the figure of the plain
    way, if there is one. What is mostly waiting does not follow the machine's speed."""

    name: str
    unit: str
    runs: list[float]
    reference_us: list[float]
    plain: str = ""
    waits: bool = False

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

    def note_spent(self, part: str, spent: dict[str, float], plain: str = "") -> None:
        """CPU by process, and of all together; `plain` is the part of the plain way."""
        for process, us in {**spent, "all": sum(spent.values())}.items():
            self.note(f"{part}/{process}", "us", us, plain and f"{plain}/{process}")
