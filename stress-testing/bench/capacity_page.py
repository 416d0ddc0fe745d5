"""The tables of capacity.md and its picture, from the saved runs. `make bench` makes them anew
whenever a run is saved; so does `PYTHONPATH=.:stress-testing .venv/bin/python -m
bench.capacity_page` from those that are.
"""

from collections.abc import Mapping
from pathlib import Path

import matplotlib as mpl
import msgspec
import pages
from bench.capacity import EVERY_S, needs
from bench.costs import Costs
from bench.edge import BATCH, FEW
from bench.figures import Record
from storage import outcome

mpl.use("Agg")

from matplotlib import pyplot as plt
from matplotlib.ticker import FuncFormatter

VIEWERS = (10_000, 100_000, 1_000_000, 10_000_000, 100_000_000)
PAGE = Path(__file__).parent.parent / "capacity.md"
SAVED = PAGE.parent / "results" / "bench.json"
STORED = SAVED.with_name("storage-10m.json")
PICTURE = SAVED.with_name("capacity.png")

COLUMNS: Mapping[str, str] = {
    "viewers": "viewers at once",
    "events": "events a second",
    "nginx_cores": "nginx cores",
    "connections": "connections on each",
    "api_cores": "API cores",
    "brokers": "brokers",
    "partitions": "partitions",
    "workers": "workers",
    "shards": "shards",
    "inserts": "inserts a second",
    "insert_cores": "cores of each node for these",
    "log_tb": "Kafka's log, TB",
    "stored_tb": "ClickHouse, TB a day",
    "in_gbit": "in, Gbit/s",
    "out_gbit": "out, Gbit/s",
}


def table(costs: Costs) -> str:
    rows = [f"| {' | '.join(COLUMNS.values())} |", f"|{'---|' * len(COLUMNS)}"]
    for viewers in VIEWERS:
        one = needs(costs, viewers)
        rows.append(f"| {' | '.join(_text(getattr(one, name)) for name in COLUMNS)} |")
    return "\n".join(rows)


def _text(value: float) -> str:
    if isinstance(value, int) or value >= 100:
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.2g}"


def fuller_requests(record: Record) -> str:
    """What an event costs that comes with others, without nginx."""
    known = record.by_name()
    rows = [
        "| events in a request | API us | Kafka us | bytes in | bytes out |",
        "|---|---|---|---|---|",
    ]
    for events, part in ((1, "single"), (FEW, "six at once"), (BATCH, "batch")):
        figures = (known[f"{part}/{name}"].middle for name in ("api", "kafka", "sent", "received"))
        rows.append(f"| {events} | {' | '.join(map(_text, figures))} |")
    return "\n".join(rows)


def costs_of(record: Record) -> Costs:
    """With what the study of stores measured."""
    return Costs.of(record, outcome.read(STORED))


def with_tables(page: str, record: Record) -> str:
    """The page with its tables made anew. Raises ValueError."""
    made = {"capacity": table(costs_of(record)), "fuller requests": fuller_requests(record)}
    return pages.with_tables(page, made)


def write(record: Record) -> None:
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8"), record), encoding="utf-8")
    draw(costs_of(record), PICTURE)


def draw(costs: Costs, file: Path) -> None:
    found = [needs(costs, round(10 ** (4 + n / 10))) for n in range(41)]
    figure, (parts, bytes_) = plt.subplots(1, 2, figsize=(13, 5), layout="constrained")
    at = [one.viewers for one in found]
    for name in ("api_cores", "nginx_cores", "brokers", "partitions", "workers", "shards"):
        parts.plot(at, [getattr(one, name) for one in found], label=COLUMNS[name])
    parts.set_title("how many of each", loc="left", fontsize=10)
    for name in ("log_tb", "stored_tb", "in_gbit", "out_gbit"):
        bytes_.plot(at, [getattr(one, name) for one in found], label=COLUMNS[name])
    bytes_.set_title("bytes", loc="left", fontsize=10)
    for axes in (parts, bytes_):
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xlabel(f"viewers at once, a report every {EVERY_S} s each")
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(FuncFormatter(_short))
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(alpha=0.25)
        axes.legend(frameon=False, loc="upper left", fontsize=9)
    figure.savefig(file, dpi=75)
    plt.close(figure)


def _short(value: float, _: object) -> str:
    for unit, size in (("M", 1e6), ("k", 1e3)):
        if value >= size:
            return f"{value / size:g}{unit}"
    return f"{value:g}"


if __name__ == "__main__":
    write(msgspec.json.decode(SAVED.read_bytes(), type=Record))
