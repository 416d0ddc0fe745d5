"""What was measured of the stores, as it is kept in JSON. CPU is that of the store's processes."""

import statistics
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
from keeping import keep
from msgspec import structs


class Load(msgspec.Struct, frozen=True):
    """`rows` inserted one batch after another; `cpu_s` with what the batches put off, which took
    `settling_s` more."""

    batch: int
    rows: int
    seconds: float
    settling_s: float
    cpu_s: float

    @property
    def per_s(self) -> float:
        return self.rows / self.seconds

    @property
    def cpu_us(self) -> float:
        """An event."""
        return self.cpu_s / self.rows * 1e6


class Reads(msgspec.Struct, frozen=True):
    """One after another."""

    count: int
    p50_ms: float
    p99_ms: float
    mean_ms: float
    cpu_ms: float | None = None
    """Of each; not known while something else runs."""


class Mixed(msgspec.Struct, frozen=True):
    """Reads while so many rows a second were offered in batches; all of which were stored."""

    offered_per_s: int
    stored_per_s: float
    positions: Reads
    most_watched: Reads


class Outcome(msgspec.Struct, frozen=True):
    """One store, once. `loads` begin with the one into empty tables; `disk` is in bytes by table;
    `answers` is a hash of what it answered in the end, the same for all."""

    name: str
    fsync_ms: float
    """What the disk took for one, just before."""
    loads: Sequence[Load]
    single: Load
    positions: Reads
    most_watched: Reads
    viewers_per_day: Reads
    mixed: Mixed
    disk: Mapping[str, int]
    answers: str
    version: str
    """Of the engine."""
    begun: str
    """2026-11-29 10:02, UTC."""


class Results(msgspec.Struct, frozen=True):
    """Of stores that were given the same events: `rows` of them on `day`. The passes of a store
    stand one after another."""

    rows: int
    day: str
    cores: int
    memory_gib: int
    passes: Sequence[Outcome] = ()

    def joining(self, file: Path, measured: Collection[str]) -> "Results":
        """With the passes of other stores than these, if they had the same events and machine."""
        if not file.exists():
            return self
        known = read(file)
        if structs.replace(known, passes=()) != structs.replace(self, passes=()):
            return self
        others = [one for one in known.passes if one.name not in measured]
        return structs.replace(self, passes=others)

    def with_one(self, outcome: Outcome, order: Sequence[str]) -> "Results":
        """With a pass more; the stores in the order of these names."""
        passes = sorted([*self.passes, outcome], key=lambda one: order.index(one.name))
        return structs.replace(self, passes=passes)

    @property
    def by_store(self) -> Mapping[str, Sequence[Outcome]]:
        return {
            name: [one for one in self.passes if one.name == name]
            for name in dict.fromkeys(one.name for one in self.passes)
        }

    @property
    def agree(self) -> bool:
        return len({one.answers for one in self.passes}) == 1


class Spread(NamedTuple):
    """Of one figure in all passes."""

    median: float
    least: float
    most: float


def spread(figures: Sequence[float]) -> Spread:
    return Spread(statistics.median(figures), min(figures), max(figures))


def read(file: Path) -> Results:
    return msgspec.json.decode(file.read_bytes(), type=Results)


def write(results: Results, file: Path) -> None:
    keep(msgspec.to_builtins(results), file)
