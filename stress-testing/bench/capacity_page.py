"""The tables of capacity.md and its picture, from the saved runs. `make bench` makes them anew
whenever a run is saved; so does `PYTHONPATH=.:stress-testing .venv/bin/python -m
bench.capacity_page` from those that are, which a saved `make storage` or `make soak` calls for.
"""

from pathlib import Path

import msgspec
import pages
from bench import capacity_costs, capacity_tables
from bench.capacity_picture import draw
from bench.costs import Costs
from bench.figures import Record
from storage import outcome

PAGE = Path(__file__).parent.parent / "capacity.md"
SAVED = PAGE.parent / "results" / "bench.json"
LONG = SAVED.with_name("bench-long.json")
STORED = SAVED.with_name("storage-10m.json")
SOAKED = SAVED.with_name("soak.json")
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
        "capacity": capacity_tables.capacity(costs),
        "costs": capacity_costs.costs_table(costs, record, outcome.read(STORED), long),
        "brokers": capacity_tables.brokers(costs),
        "choices": capacity_tables.choices(costs, record),
        "fuller requests": capacity_costs.fuller_requests(costs, record),
        "memory": capacity_costs.memory(record, most_memory(SOAKED)),
        "reads": capacity_costs.reads(record),
        "density": capacity_tables.density(costs, record),
    }
    return pages.with_tables(page, made)


def most_memory(file: Path) -> capacity_costs.Memory:
    """By process, of all samples of a soak."""
    samples = msgspec.json.decode(file.read_bytes(), type=_Soak).samples
    most = dict[str, tuple[float, float]]()
    for sample in samples:
        for name, one in sample.processes.items():
            own, resident = most.get(name, (0.0, 0.0))
            most[name] = max(own, one.own), max(resident, one.resident)
    return most


def write(record: Record) -> None:
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8"), record), encoding="utf-8")
    draw(costs_of(record), PICTURE)


if __name__ == "__main__":
    write(msgspec.json.decode(SAVED.read_bytes(), type=Record))
