"""What an event costs, and what so many viewers need by it, from runs made by hand."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from bench.figures import Record
from capacity import needs as arithmetic
from capacity.costs import Costs, six_at_once
from capacity.costs_tables import costs_table, fuller_requests, memory, reads
from capacity.needs import Plan, needs
from capacity.page import most_memory
from capacity.tables import brokers, choices, density
from storage import outcome
from storage.outcome import Results

COSTS = Costs(
    nginx=10.0,
    api=20.0,
    token=30.0,
    kafka=40.0,
    kafka_read=4.0,
    etl=5.0,
    row=6.0,
    insert=20_000.0,
    stored=30.0,
    sent=500.0,
    received=250.0,
    log=400.0,
)
"""Of the runs below, by hand."""

MEASURED: dict[str, list[float]] = {
    "single through nginx/nginx": [9, 50, 10],
    "single through nginx/api": [71],
    "single through nginx/kafka": [72],
    "single through nginx/log": [359],
    "single through nginx/sent": [500],
    "single through nginx/received": [250],
    "freshness/accepted": [2000],
    "freshness/api": [20],
    "freshness/kafka": [40],
    "freshness/etl": [73],
    "token/api": [30],
    "etl/rate": [200_000],
    "etl/kafka": [4],
    "etl/engine": [74],
    "memory/engine with merges": [6],
    "memory/peak": [104],
    "single/api": [100],
    "single/kafka": [50],
    "single/sent": [501],
    "single/received": [200],
    "six at once/api": [60],
    "six at once/kafka": [25],
    "six at once/sent": [220],
    "six at once/received": [40],
    "batch/api": [8],
    "batch/kafka": [2],
    "batch/log": [339],
    "batch/sent": [170],
    "batch/received": [3],
    **{f"{kind}, 10M rows/api": [4000] for kind in ("position", "list", "top")},
    "position, 10M rows/engine": [9000],
    "list, 10M rows/engine": [29_000],
    "top, 10M rows/engine": [18_000],
}


def a_record(figures: dict[str, list[float]], backlog: int = 1_000_000, us: float = 40) -> Record:
    kept = [
        {"name": name, "unit": "us", "runs": runs, "reference_us": [us] * len(runs)}
        for name, runs in figures.items()
    ]
    saved = {"taken": "", "machine": {}, "versions": {}, "figures": kept, "memory": [],
             "freshness_ms": {}, "tables": [],
             "chosen": {"backlog": backlog, "rows": [1_000_000, 10_000_000]}}  # fmt: skip
    return msgspec.json.decode(msgspec.json.encode(saved), type=Record)


def a_pass(name: str, single_s: float, disk: dict[str, int]) -> dict[str, Any]:
    """Of ten rows stored."""
    load = {"batch": 50_000, "rows": 100, "seconds": 1, "settling_s": 0, "cpu_s": 0.007}
    reading = {"count": 1, "p50_ms": 1, "p99_ms": 1, "mean_ms": 1}
    mixed = {"offered_per_s": 1, "stored_per_s": 1, "positions": reading, "most_watched": reading}
    return {"name": name, "fsync_ms": 1, "loads": [load, {**load, "cpu_s": 0.0003}],
            "single": {**load, "batch": 1, "cpu_s": single_s}, "positions": reading,
            "most_watched": reading, "viewers_per_day": reading, "mixed": mixed, "disk": disk,
            "answers": "", "version": "", "begun": ""}  # fmt: skip


@pytest.fixture
def bench() -> Record:
    return a_record(MEASURED)


@pytest.fixture
def stored(tmp_path: Path) -> Results:
    passes = [
        a_pass("ClickHouse", 1.0, {"views": 200, "positions": 40}),
        a_pass("ClickHouse", 9.0, {"views": 500, "positions": 100}),
        a_pass("ClickHouse", 2.0, {"views": 250, "positions": 50}),
        a_pass("PostgreSQL", 1.5, {"views": 999}),
    ]
    file = tmp_path / "storage.json"
    file.write_bytes(msgspec.json.encode(
        {"rows": 10, "day": "", "cores": 2, "memory_gib": 1, "passes": passes}
    ))  # fmt: skip
    return outcome.read(file)


def test_each_cost_is_the_middle_of_the_runs_that_it_names(bench: Record, stored: Results) -> None:
    assert Costs.of(bench, stored) == COSTS


def test_a_hundred_million_viewers_are_ten_million_events_a_second(
    bench: Record, stored: Results
) -> None:
    found = needs(Costs.of(bench, stored), 100_000_000)
    assert found.events == 10_000_000
    assert found.nginx_cores == 200  # 100 at work, each half busy
    assert found.connections == 500_000
    assert found.api_cores == 1000  # 20 us and the token's 30
    assert found.workers == 100
    assert found.by.cores == pytest.approx(155)  # 3 x 40 us and 4, 16 half busy in each
    assert found.by.disk == pytest.approx(518.4)  # 7257.6 TB, 14 on each
    assert found.by.writes == pytest.approx(120)  # 4 GB/s in three copies, 100 MB/s each
    assert (found.brokers, found.by.decides) == (519, "disk")
    assert found.partitions == 1557
    assert found.to_kafka == 519_000
    assert found.inserts == pytest.approx(323, abs=0.5)  # 8 MiB of values each
    assert found.insert_cores == pytest.approx(6.46, abs=0.01)
    assert found.shards == 734  # 51.84 TB a day for 396 days, 14 on each of two nodes
    assert found.in_gbit == pytest.approx(40)
    assert found.out_gbit == pytest.approx(20)
    assert found.log_tb == pytest.approx(7257.6)
    assert found.stored_tb == pytest.approx(51.84)


def test_brokers_follow_what_is_scarcest(monkeypatch: pytest.MonkeyPatch) -> None:
    by_cores = needs(replace(COSTS, log=1.0), 100_000_000)
    assert (by_cores.brokers, by_cores.by.decides) == (155, "cores")
    monkeypatch.setattr(arithmetic, "DISK_TB", 1000)
    by_writes = needs(replace(COSTS, kafka=1.0), 100_000_000)
    assert (by_writes.brokers, by_writes.by.decides) == (120, "writes")
    assert needs(COSTS, 1000).by.decides == "copies"


def test_disks_follow_what_is_kept_and_the_average_and_cores_neither() -> None:
    built = needs(COSTS, 100_000_000)
    third = needs(COSTS, 100_000_000, Plan(average=1 / 3))
    day = needs(COSTS, 100_000_000, Plan(log_days=1))
    weeks = needs(COSTS, 100_000_000, Plan(kept_days=30))
    assert third.by.disk == pytest.approx(172.8)
    assert third.stored_tb == pytest.approx(17.28)
    assert third.shards == 245
    assert day.by.disk == pytest.approx(518.4 / 7)
    assert (day.shards, weeks.shards) == (734, 56)
    for other in (third, day, weeks):
        assert (other.by.cores, other.by.writes) == (built.by.cores, built.by.writes)
        assert (other.api_cores, other.inserts) == (built.api_cores, built.inserts)


@pytest.mark.parametrize("viewers", [10**n for n in range(3, 9)])
def test_each_broker_leads_as_many_partitions_as_the_next(viewers: int) -> None:
    found = needs(COSTS, viewers)
    assert found.partitions == found.brokers * found.leads
    assert found.leads >= (3 if found.brokers > 3 else 2)
    assert found.partitions >= max(6, found.workers)


def test_partitions_follow_their_rate_and_the_workers_where_these_are_more() -> None:
    by_rate = needs(replace(COSTS, log=20_000.0), 100_000_000, Plan(log_days=0.01))
    assert (by_rate.brokers, by_rate.partitions) == (6000, 24_000)  # 20 000 of 10 MB/s
    by_workers = needs(replace(COSTS, etl=100.0), 100_000_000)
    assert (by_workers.workers, by_workers.partitions) == (2000, 2076)  # 519 x 4


def test_shards_follow_their_cores_when_disks_are_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arithmetic, "DISK_TB", 10_000)
    assert needs(COSTS, 100_000_000).shards == 8  # 240 cores, two nodes of 16 each


def test_few_viewers_need_no_more_than_is_there_in_any_case() -> None:
    found = needs(COSTS, 1000)
    assert (found.brokers, found.partitions, found.shards) == (3, 6, 2)
    assert found.nginx_cores == found.api_cores == found.workers == 2
    assert found.inserts == 4  # a batch is due after half a second


def test_six_share_a_request_and_a_record_batch(bench: Record) -> None:
    assert vars(six_at_once(COSTS, bench)) == pytest.approx(
        vars(COSTS)
        | {
            "nginx": 10 / 6,
            "api": 12,  # 60 of 100
            "token": 5,
            "kafka": 20,  # 25 of 50
            "sent": 220,
            "received": 40 + 50 / 6,  # nginx adds 50 to a response
            "log": 339 + 61 / 6,
        }
    )


def test_the_tables_say_what_was_measured(bench: Record, stored: Results) -> None:
    long = a_record({"memory/engine with merges": [3]}, backlog=7_000_000, us=20)
    costs = costs_table(COSTS, bench, stored, long)
    assert "nginx, a request | 10 | us | `single through nginx/nginx` | 3: 9 to 50 |" in costs
    assert (
        "an INSERT, each node | 20 000 | us | `single` in storage-10m.json | 3: 10 000 to 90 000 |"
        in costs
    )
    assert "| 30 | bytes | `disk` in storage-10m.json | 3: 24 to 60 |" in costs
    assert (
        "merges, each replica | 6 | us | `memory/engine with merges` of 1 000 000 rows | 1 |"
        in costs
    )
    assert (
        "2 times as fast: not used | 3 | us | `memory/engine with merges` of 7 000 000 rows in"
        in costs
    )
    assert "batches of 50 000, into tables that hold rows: not used | 3 | us |" in costs
    assert "| 400 | us | `batch/log`, and 61 for a record batch of its own | 1 |" in costs
    fuller = fuller_requests(COSTS, bench)
    assert "| 1 | at 2 000 a second | 20 | 30 | 50 | 40 |  |  |" in fuller
    assert "| 1 | at the ceiling | 100 | 30 | 130 | 50 | 501 | 200 |" in fuller
    assert "| 6 | at the ceiling | 60 | 5 | 65 | 25 | 220 | 40 |" in fuller
    assert "| 1 000 | at the ceiling | 8 | 0.03 | 8 | 2 | 170 | 3 |" in fuller
    assert "| list of a viewer | 4 | 29 | 66 |" in reads(bench)


def test_the_tables_say_what_is_needed(bench: Record) -> None:
    last = "| 100 000 000 | 519 | 155 | 518 | 74 | 120 | disk | 3 | 519 000 |"
    assert last in brokers(COSTS)
    chosen = choices(COSTS, bench)
    assert "| as above | 200 | 1 000 | 519 000 | 519 | disk | 7 258 | 734 | 52 |" in chosen
    assert "log kept for a day | 200 | 1 000 | 155 000 | 155 | cores | 1 037 | 734 | 52 |" in chosen
    assert "third of its peak | 200 | 1 000 | 173 000 | 173 | disk | 2 419 | 245 | 17 |" in chosen
    assert "| six reports in a request | 34 | 340 |" in chosen
    held = density(COSTS, bench)
    assert "| Cloudflare | 56 604 | 1 630 | 277 |" in held
    assert "| the last row | 19 268 | 400 | 23 |" in held
    assert "the only limit | 64 516 | 400 | 77 |" in held  # 8 cores at 124 us
    assert "1000 events in a request | 800 000 | 339 | 814 |" in held  # at 10 us


def test_memory_is_the_most_of_a_soak(bench: Record, tmp_path: Path) -> None:
    names = ("nginx worker", "api", "etl", "kafka", "clickhouse")
    samples = [
        {"processes": {name: {"own": own, "resident": resident} for name in names}}
        for own, resident in ((5, 90), (7, 80), (6, 70))
    ]
    samples.append({"processes": {}})  # all of them killed
    file = tmp_path / "soak.json"
    file.write_bytes(msgspec.json.encode({"samples": samples}))
    assert most_memory(file) == dict.fromkeys(names, (7, 90))
    assert "| API process | 7 | 90 |" in memory(bench, most_memory(file))
    assert "backlog |  | 104 | `memory/peak` |" in memory(bench, most_memory(file))
