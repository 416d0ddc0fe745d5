"""The README's tables and picture, from the kept runs. `make bench`, `storage` and `soak` make them
anew when they keep one; so does `PYTHONPATH=.:stress-testing .venv/bin/python -m capacity.page`.
"""

from pathlib import Path

import msgspec
import pages
from bench.figures import Record
from bench.summary import SAVED
from capacity import costs_tables, tables
from capacity.costs import Costs
from capacity.picture import draw
from storage import outcome

PAGE = Path(__file__).with_name("README.md")
LONG = SAVED.with_name("bench-long.json")
STORED = SAVED.with_name("storage-10m.json")
SOAKED = SAVED.with_name("soak.json")
KEPT = (SAVED, LONG, STORED, SOAKED)
"""What the page is made from."""
PICTURE = SAVED.with_name("capacity.png")


class _Process(msgspec.Struct):
    own: float
    resident: float


class _Sample(msgspec.Struct):
    processes: dict[str, _Process]


class _Soak(msgspec.Struct):
    samples: list[_Sample]


def costs_of(record: Record) -> Costs:
    """With what the study of stores measured."""
    return Costs.of(record, outcome.read(STORED))


def with_tables(page: str, record: Record) -> str:
    """The page with its tables made anew. Raises ValueError."""
    costs, long = costs_of(record), msgspec.json.decode(LONG.read_bytes(), type=Record)
    made = {
        "capacity": tables.capacity(costs),
        "costs": costs_tables.costs_table(costs, record, outcome.read(STORED), long),
        "brokers": tables.brokers(costs),
        "choices": tables.choices(costs, record),
        "fuller requests": costs_tables.fuller_requests(costs, record),
        "memory": costs_tables.memory(record, most_memory(SOAKED)),
        "reads": costs_tables.reads(record),
        "density": tables.density(costs, record),
    }
    return pages.with_tables(page, made)


def most_memory(file: Path) -> costs_tables.Memory:
    """By process, of all samples of a soak."""
    samples = msgspec.json.decode(file.read_bytes(), type=_Soak).samples
    most = dict[str, tuple[float, float]]()
    for sample in samples:
        for name, one in sample.processes.items():
            own, resident = most.get(name, (0.0, 0.0))
            most[name] = max(own, one.own), max(resident, one.resident)
    return most


def write() -> None:
    record = msgspec.json.decode(SAVED.read_bytes(), type=Record)
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8"), record), encoding="utf-8")
    draw(costs_of(record), PICTURE)


if __name__ == "__main__":
    write()
