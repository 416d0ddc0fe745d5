"""What was measured of the stores, as it is kept in JSON. CPU is that of the store's processes."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
from keeping import keep


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
    """One store. `loads` begin with the one into empty tables; `disk` is in bytes by table;
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


class Results(msgspec.Struct, frozen=True):
    """Of stores that were given the same events: `rows` of them on `day`."""

    rows: int
    day: str
    cores: int
    memory_gib: int
    stores: Sequence[Outcome] = ()

    def joining(self, file: Path) -> "Results":
        """With the stores that were measured before, if they had the same events."""
        known = read(file) if file.exists() else self
        same = (known.rows, known.day) == (self.rows, self.day)
        return msgspec.structs.replace(self, stores=known.stores) if same else self

    def with_one(self, outcome: Outcome, order: Sequence[str]) -> "Results":
        """In the place of an earlier one of that name; all in the order of these names."""
        by_name = {store.name: store for store in self.stores} | {outcome.name: outcome}
        stores = [by_name[name] for name in order if name in by_name]
        return msgspec.structs.replace(self, stores=stores)

    @property
    def agree(self) -> bool:
        return len({store.answers for store in self.stores}) == 1


def read(file: Path) -> Results:
    return msgspec.json.decode(file.read_bytes(), type=Results)


def write(results: Results, file: Path) -> None:
    keep(msgspec.to_builtins(results), file)
