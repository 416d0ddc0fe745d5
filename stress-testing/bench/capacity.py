"""What so many viewers at once need, from the saved run's costs: the tables of capacity.md and its
picture. `make bench` makes them anew whenever a run is saved; so does
`PYTHONPATH=.:stress-testing .venv/bin/python -m bench.capacity` from the one that is.

What the arithmetic rests on beside the measured costs stands in the constants.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from pathlib import Path

import matplotlib as mpl
import msgspec
from bench.edge import BATCH as MANY
from bench.edge import FEW
from bench.figures import Record

from etl.batch import BatchPolicy

mpl.use("Agg")

from matplotlib import pyplot as plt
from matplotlib.ticker import FuncFormatter

VIEWERS = (10_000, 100_000, 1_000_000, 10_000_000, 100_000_000)
EVERY_S = 10
"""A player's heartbeat."""
BUSY = 0.5
"""How much of a core is planned for: a half is left for a lost node and for peaks."""
COPIES = 3
"""Of the topic (KAFKA_TOPIC_REPLICATION)."""
REPLICAS = 2
"""Of a shard, as in clickhouse/cluster.d."""
NODE_CORES = 16
BROKER_MB_S = 100
"""Of all copies together that a broker writes; LinkedIn's three wrote 200 each."""
PARTITION_MB_S = 10
FEWEST_PARTITIONS = 6
"""KAFKA_TOPIC_PARTITIONS as it is set."""
STORED_BYTES = 24.7
"""Of an event in all tables together, by the study of storage."""
DAY_S, LOG_DAYS = 86_400, 7
"""The topic is kept for so many."""
PAGE = Path(__file__).parent.parent / "capacity.md"
SAVED = PAGE.parent / "results" / "bench.json"
PICTURE = SAVED.with_name("capacity.png")
TABLE = r"(<!-- {} -->\n)\n?(?:\|[^\n]*\n)*"
BATCH = BatchPolicy()


@dataclass(frozen=True)
class Costs:
    """Microseconds of CPU, and bytes, of an event that comes alone through nginx."""

    nginx: float
    api: float
    kafka: float
    etl: float
    engine: float
    sent: float
    received: float
    log: float

    @classmethod
    def of(cls, record: Record) -> "Costs":
        """Each copy in Kafka is taken to cost what the first does, each replica of a shard too:
        both are bounds from above."""
        known = record.by_name()

        def middle(name: str) -> float:
            return known[name].middle

        single = "single through nginx"
        return cls(
            nginx=middle(f"{single}/nginx"),
            api=middle(f"{single}/api"),
            kafka=COPIES * middle(f"{single}/kafka") + middle("etl/kafka"),
            etl=middle("etl/etl"),
            engine=REPLICAS * middle("memory/engine with merges"),
            sent=middle(f"{single}/sent"),
            received=middle(f"{single}/received"),
            log=middle(f"{single}/log"),
        )


@dataclass(frozen=True)
class Needs:
    viewers: int
    events: float  # a second
    nginx_cores: int
    api_cores: int
    brokers: int
    partitions: int
    workers: int
    shards: int
    inserts: float  # a second, each of them on every shard
    log_tb: float  # all copies
    stored_tb: float  # a day, all replicas
    in_gbit: float
    out_gbit: float


def needs(costs: Costs, viewers: int) -> Needs:
    """Never less than two of anything, three brokers, and the partitions that are set."""
    events = viewers / EVERY_S

    def cores(us: float, least: int = 2) -> int:
        return max(least, ceil(events * us / 1e6 / BUSY))

    log_mb_s = events * costs.log / 1e6
    workers = cores(costs.etl)
    rows = min(BATCH.max_rows, BATCH.max_bytes / costs.log)
    by_cores = ceil(cores(costs.kafka) / NODE_CORES)
    return Needs(
        viewers=viewers,
        events=events,
        nginx_cores=cores(costs.nginx),
        api_cores=cores(costs.api),
        brokers=max(COPIES, by_cores, ceil(log_mb_s * COPIES / BROKER_MB_S)),
        partitions=max(FEWEST_PARTITIONS, workers, ceil(log_mb_s / PARTITION_MB_S)),
        workers=workers,
        shards=max(2, ceil(cores(costs.engine) / REPLICAS / NODE_CORES)),
        inserts=max(workers / BATCH.max_age_s, events / rows),
        log_tb=log_mb_s * COPIES * LOG_DAYS * DAY_S / 1e6,
        stored_tb=events * STORED_BYTES * REPLICAS * DAY_S / 1e12,
        in_gbit=events * costs.sent * 8 / 1e9,
        out_gbit=events * costs.received * 8 / 1e9,
    )


COLUMNS: Mapping[str, str] = {
    "viewers": "viewers at once",
    "events": "events a second",
    "nginx_cores": "nginx cores",
    "api_cores": "API cores",
    "brokers": "brokers",
    "partitions": "partitions",
    "workers": "workers",
    "shards": "shards",
    "inserts": "inserts a second",
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
    for events, part in ((1, "single"), (FEW, "six at once"), (MANY, "batch")):
        figures = (known[f"{part}/{name}"].middle for name in ("api", "kafka", "sent", "received"))
        rows.append(f"| {events} | {' | '.join(map(_text, figures))} |")
    return "\n".join(rows)


def with_tables(page: str, record: Record) -> str:
    """The page with its tables made anew. Raises ValueError."""
    made = {"capacity": table(Costs.of(record)), "fuller requests": fuller_requests(record)}
    for name, text in made.items():
        page, found = re.subn(TABLE.format(name), rf"\1\n{text}\n", page)
        if found != 1:
            raise ValueError(f"{PAGE.name} has no place for: {name}")
    return page


def write(record: Record) -> None:
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8"), record), encoding="utf-8")
    draw(Costs.of(record), PICTURE)


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
