"""What so many viewers need, and that the page says what the saved run says."""

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from bench import capacity
from bench.capacity import needs
from bench.capacity_page import COLUMNS, PAGE, SAVED, STORED, VIEWERS, costs_of, draw, with_tables
from bench.costs import Costs
from bench.figures import Record
from storage import outcome

COSTS = Costs(
    nginx=20.0,
    api=90.0,
    token=10.0,
    kafka=9.0,
    kafka_read=3.0,
    etl=4.0,
    row=4.0,
    insert=30_000.0,
    stored=30.0,
    sent=500.0,
    received=250.0,
    log=400.0,
)


def test_costs_are_of_an_event_alone_and_of_what_was_stored() -> None:
    saved = msgspec.json.decode(SAVED.read_bytes(), type=Record)
    known, costs = saved.by_name(), costs_of(saved)
    assert costs.nginx == known["single through nginx/nginx"].middle
    assert (costs.api, costs.kafka) == (
        known["freshness/api"].middle,
        known["freshness/kafka"].middle,
    )
    assert (costs.kafka_read, costs.etl) == (known["etl/kafka"].middle, known["etl/etl"].middle)
    assert costs.row == known["memory/engine with merges"].middle
    inserts = [one.single.cpu_us for one in outcome.read(STORED).by_store["ClickHouse"]]
    assert min(inserts) <= costs.insert <= max(inserts)
    assert 20 < costs.stored < 40


def test_a_hundred_million_viewers_are_ten_million_events_a_second() -> None:
    found = needs(COSTS, 100_000_000)
    assert found.events == 10_000_000
    assert found.api_cores == 2000  # 1000 at work, each half busy
    assert found.nginx_cores == 400
    assert found.workers == 80
    assert found.connections == 250_000
    assert found.brokers == 519  # 7257.6 TB, 14 on each
    assert found.partitions == 400
    assert found.inserts == pytest.approx(323, abs=0.5)  # 8 MiB of values each
    assert found.insert_cores == pytest.approx(9.7, abs=0.05)
    assert found.shards == 734  # 51.84 TB a day for 396 days, 14 on each of two nodes
    assert found.in_gbit == pytest.approx(40)
    assert found.out_gbit == pytest.approx(20)
    assert found.log_tb == pytest.approx(7257.6)
    assert found.stored_tb == pytest.approx(51.84)


def test_brokers_follow_what_is_scarcest(monkeypatch: pytest.MonkeyPatch) -> None:
    assert needs(replace(COSTS, log=1.0), 100_000_000).brokers == 38  # 600 cores
    monkeypatch.setattr(capacity, "DISK_TB", 1000)
    assert needs(COSTS, 100_000_000).brokers == 120  # 4 GB/s in three copies, 100 MB/s each


def test_shards_follow_their_cores_when_disks_are_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capacity, "DISK_TB", 10_000)
    assert needs(COSTS, 100_000_000).shards == 5  # 160 cores, two nodes of 16 each


def test_few_viewers_need_no_more_than_is_there_in_any_case() -> None:
    found = needs(COSTS, 1000)
    assert (found.brokers, found.partitions, found.shards) == (3, 6, 2)
    assert found.nginx_cores == found.api_cores == found.workers == 2
    assert found.inserts == 4  # a batch is due after half a second


def test_the_page_says_what_the_saved_run_says() -> None:
    """If not: make bench ARGS=--save, or python -m bench.capacity_page for the page alone"""
    record = msgspec.json.decode(SAVED.read_bytes(), type=Record)
    page = PAGE.read_text(encoding="utf-8")
    assert with_tables(page, record) == page
    assert all(column in page for column in COLUMNS.values())
    assert f"{VIEWERS[-1]:,}".replace(",", " ") in page


def test_a_page_without_a_place_for_a_table_is_told() -> None:
    record = msgspec.json.decode(SAVED.read_bytes(), type=Record)
    with pytest.raises(ValueError, match="no place for: fuller requests"):
        with_tables("# Capacity\n\n<!-- capacity -->\n", record)


def test_it_is_drawn(tmp_path: Path) -> None:
    picture = tmp_path / "capacity.png"
    draw(COSTS, picture)
    assert picture.read_bytes().startswith(b"\x89PNG")
