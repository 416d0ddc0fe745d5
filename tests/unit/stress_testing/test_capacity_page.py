"""The page on capacity: its tables are those of the saved runs, and its text follows from them."""

import json
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from bench.figures import Record
from bench.summary import SAVED
from capacity import brokers
from capacity import needs as arithmetic
from capacity.costs import six_at_once
from capacity.needs import BATCH, BUSY, FULL, KEPT_DAYS, LOG_DAYS, NODE_CORES, Plan, needs
from capacity.page import LONG, PAGE, SOAKED, costs_of, with_tables
from capacity.picture import BYTES, INSERTS, PARTS, draw
from capacity.tables import COLUMNS, VIEWERS

from embedded.settings import ROOT
from ugc_api.access.tokens import CACHE_SIZE


def saved_record(file: Path = SAVED) -> Record:
    return msgspec.json.decode(file.read_bytes(), type=Record)


def test_the_page_says_what_the_saved_run_says() -> None:
    """If not: make bench ARGS=--save, or python -m capacity.page for the page alone"""
    page = PAGE.read_text(encoding="utf-8")
    assert with_tables(page, saved_record()) == page
    assert all(column in page for column in COLUMNS.values())
    assert f"{VIEWERS[-1]:,}".replace(",", " ") in page


@pytest.mark.parametrize(
    ("words", "true"),
    [
        ("every ten seconds", arithmetic.EVERY_S == 10),
        ("busy for half of the time", BUSY == 0.5),
        ("full to seven tenths", FULL == 0.7),
        ("at 2000 events a second", saved_record().chosen["rate"] == 2000),
        ("50 000 tokens a process", CACHE_SIZE == 50_000),
        ("Three copies", brokers.COPIES == 3),
        ("A broker has 16 cores and 20 TB", (NODE_CORES, arithmetic.DISK_TB) == (16, 20)),
        ("writes 100 MB/s", brokers.BROKER_MB_S == 100),
        ("partition takes 10 MB/s", brokers.PARTITION_MB_S == 10),
        ("kept for 7 days", LOG_DAYS == 7),
        ("leads at least 3", brokers.LEADS == 3),
        ("kept for 13 months", KEPT_DAYS == 396),
        ("30 days are a thirteenth", round(KEPT_DAYS / 30) == 13),
        ("backlog of a million rows", saved_record().chosen["backlog"] == 1_000_000),
        ("eight cores of a node", BUSY * NODE_CORES == 8),
        (
            "50 000 rows, 8 MiB or 0.5 s",
            (BATCH.max_rows, BATCH.max_bytes, BATCH.max_age_s) == (50_000, 8 << 20, 0.5),
        ),
        (
            "a worker is set to 8000",
            "worker_connections 8000;" in (ROOT / "nginx" / "nginx.conf.template").read_text(),
        ),
        ("limited to 512 MiB", "-Xmx512m" in (ROOT / "embedded/kafka/java.py").read_text()),
    ],
)
def test_what_its_text_says_of_settings_is_so(words: str, true: bool) -> None:
    assert words in " ".join(PAGE.read_text(encoding="utf-8").split())
    assert true


def test_what_its_text_concludes_follows_from_the_saved_runs() -> None:
    """If not: the text of the page has to be written anew"""
    record = saved_record()
    costs, known = costs_of(record), record.by_name()
    for viewers in VIEWERS[2:]:
        found = needs(costs, viewers)
        assert found.by.decides == "disk", "from a million viewers on disks lead"
        assert found.by.cores > 0.75 * found.by.disk, "cores follow close behind"
        average = needs(costs, viewers, Plan(average=1 / 3))
        both = needs(costs, viewers, Plan(average=1 / 3, log_days=1))
        assert average.by.decides == "cores", "on an evening's curve cores decide"
        assert average.brokers == both.brokers, "a shorter retention takes off nothing then"
        six = needs(six_at_once(costs, record), viewers, Plan(average=1 / 3))
        assert six.nginx_cores < average.nginx_cores / 4, "most of nginx"
        assert six.api_cores < 0.8 * average.api_cores, "and a good part of the API"
        assert six.brokers <= 1.1 * average.brokers, "at least they do not cost brokers"
        assert found.workers < found.partitions
        assert needs(replace(costs, row=0.0), viewers).shards == found.shards, "disks alone"
    assert needs(costs, VIEWERS[-1]).insert_cores > BUSY * NODE_CORES, "cannot be run as built"
    assert 2e6 < needs(costs, VIEWERS[-1]).to_kafka < 1e7, "millions of connections"
    assert 20_000 < costs.insert < 100_000, "tens of milliseconds"
    halved = known["six at once/sent"].middle / known["single/sent"].middle
    assert halved == pytest.approx(0.5, abs=0.05), "half of the bytes"
    api, kafka = cpu_us("api"), cpu_us("kafka")
    assert 1.2 < api / (costs.api + costs.token) < 1.3, "a quarter more of the API"
    assert 1.4 < kafka / (costs.kafka + costs.kafka_read) < 1.6, "half as much again of Kafka"
    long = saved_record(LONG).by_name()["memory/engine with merges"].middle
    assert costs.row > long, "longer runs found less"


def cpu_us(process: str) -> float:
    """Of an accepted event, in the hour of soak, by whatever ran under that name."""
    samples = json.loads(SOAKED.read_bytes())["samples"]
    spent, before = 0.0, (0, 0.0)
    for sample in samples:
        if it := sample["processes"].get(process):
            spent += float(it["cpu_s"]) - (before[1] if it["pid"] == before[0] else 0.0)
            before = it["pid"], it["cpu_s"]
    began, accepted = samples[0], samples[-1]["accepted"] - samples[0]["accepted"]
    return (spent - float(began["processes"][process]["cpu_s"])) / float(accepted) * 1e6


def test_a_page_without_a_place_for_a_table_is_told() -> None:
    with pytest.raises(ValueError, match="no place for: costs"):
        with_tables("# Capacity\n\n<!-- capacity -->\n", saved_record())


def test_all_that_grows_is_drawn() -> None:
    assert {*PARTS, *BYTES, *INSERTS} == COLUMNS.keys() - {"viewers", "events", "connections"}


def test_it_is_drawn(tmp_path: Path) -> None:
    picture = tmp_path / "capacity.png"
    draw(costs_of(saved_record()), picture)
    assert picture.read_bytes().startswith(b"\x89PNG")
