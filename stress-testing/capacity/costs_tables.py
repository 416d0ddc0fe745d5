"""The tables of the page that say what things cost, and where that was measured."""

from collections.abc import Mapping
from statistics import median
from typing import cast

from bench.edge import BATCH, FEW
from bench.figures import Record, short
from capacity.costs import MEASURED, RECORD_BATCH_BYTES, STORE, Costs
from capacity.needs import BUSY
from capacity.text import table
from storage.outcome import Results

WHAT: Mapping[str, str] = {
    "nginx": "nginx, a request",
    "api": "API, an event that comes alone",
    "token": "API, to verify its token",
    "kafka": "Kafka, to take it, each copy",
    "kafka_read": "Kafka, to hand it to a worker",
    "etl": "worker, an event: its CPU and what it waits for",
    "row": "ClickHouse, a row and its merges, each replica",
    "insert": "ClickHouse, an INSERT, each node",
    "stored": "ClickHouse, on disk, each replica",
    "log": "Kafka's log, each copy",
    "sent": "from the player",
    "received": "to the player",
}
CEILING = "at the ceiling"
COLUMNS = ("what", "cost", "", "measured as", "runs")
READS = {"position": "latest position", "list": "list of a viewer", "top": "top films"}
PROCESSES = {"nginx worker": "nginx worker", "api": "API process", "etl": "worker",
             "kafka": "broker", "clickhouse": "node of ClickHouse"}  # fmt: skip

Memory = Mapping[str, tuple[float, float]]
"""The most that a process had in MiB: of its own, and with what it maps of files."""


def costs_table(costs: Costs, record: Record, stored: Results, long: Record) -> str:
    known, passes = record.by_name(), stored.by_store[STORE]
    singles = [one.single.cpu_us for one in passes]
    sizes = [sum(one.disk.values()) / stored.rows for one in passes]
    rows = list[list[str]]()
    for name, what in WHAT.items():
        if name in MEASURED:
            figure = known[MEASURED[name]]
            unit, where, runs = figure.unit, f"`{figure.name}`", figure.runs
        else:
            unit, runs = ("us", singles) if name == "insert" else ("bytes", sizes)
            where = f"`{'single' if name == 'insert' else 'disk'}` in storage-10m.json"
        if name == "etl":
            unit, where, runs = "us", f"a second by {where}", [1e6 / rate for rate in runs]
        if name == "log":
            where += f", and {RECORD_BATCH_BYTES} for a record batch of its own"
        rows.append([what, short(getattr(costs, name)), unit, where, _runs(runs)])
        if name == "row":
            rows[-1][3] += f" of {_backlog(record)} rows"
            rows += _other_rows(record, stored, long)
    return table(COLUMNS, rows)


def _other_rows(record: Record, stored: Results, long: Record) -> list[list[str]]:
    """What a row cost elsewhere, which is not counted with."""
    name = MEASURED["row"]
    ours, its = record.by_name()[name], long.by_name()[name]
    faster = median(ours.reference_us) / median(its.reference_us)
    loads = [one.loads[1] for one in stored.by_store[STORE]]
    return [
        [f"the same on a day when the machine was {short(faster)} times as fast: not used",
         short(its.middle), "us", f"`{name}` of {_backlog(long)} rows in bench-long.json",
         _runs(its.runs)],
        [f"the same in batches of {short(loads[0].batch)}, into tables that hold rows: not used",
         short(median(one.cpu_us for one in loads)), "us", "`loads` in storage-10m.json",
         _runs([one.cpu_us for one in loads])],
    ]  # fmt: skip


def _backlog(record: Record) -> str:
    return short(cast(int, record.chosen["backlog"]))


def _runs(runs: list[float]) -> str:
    return f"{len(runs)}: {short(min(runs))} to {short(max(runs))}" if len(runs) > 1 else "1"


def fuller_requests(costs: Costs, record: Record) -> str:
    """What an event costs that comes with others, without nginx. Only one alone was measured at a
    held rate; so it is there twice."""
    known = record.by_name()
    held = f"at {short(known['freshness/accepted'].middle)} a second"
    cases = (
        (1, held, "freshness"),
        (1, CEILING, "single"),
        (FEW, CEILING, "six at once"),
        (BATCH, CEILING, "batch"),
    )
    rows = list[list[str | float]]()
    for events, when, part in cases:
        api, kafka = (known[f"{part}/{name}"].middle for name in ("api", "kafka"))
        wire = [known.get(f"{part}/{name}") for name in ("sent", "received")]
        token = costs.token / events
        rows.append([events, when, api, token, api + token, kafka,
                     *(one.middle if one else "" for one in wire)])  # fmt: skip
    return table(
        ("events in a request", "measured", "API us", "token us", "both", "Kafka us", "bytes in",
         "bytes out"), rows,
    )  # fmt: skip


def memory(record: Record, soaked: Memory) -> str:
    rows = list[list[str | float]]()
    for name, what in PROCESSES.items():
        rows.append([what, *soaked[name], "most in soak.json"])
    peak = record.by_name()["memory/peak"].middle
    rows.append(["worker, while it stores a backlog", "", peak, "`memory/peak`"])
    return table(("a process", "MiB of its own", "MiB with files", "measured as"), rows)


def reads(record: Record) -> str:
    """CPU of one after another, of the largest table that was read."""
    known, sizes = record.by_name(), cast(list[int], record.chosen["rows"])
    size = max(sizes)
    rows = list[list[str | float]]()
    for kind, what in READS.items():
        api, engine = (
            known[f"{kind}, {size / 1e6:g}M rows/{name}"].middle / 1e3 for name in ("api", "engine")
        )
        rows.append([what, api, engine, (api + engine) / BUSY])
    return table(
        (f"a read of {size / 1e6:g} M rows", "API, ms of CPU", "ClickHouse, ms of CPU",
         "cores for 1000 a second"), rows,
    )  # fmt: skip
