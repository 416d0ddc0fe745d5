"""What `make storage` keeps, joins, compares and writes into its README."""

import re
from pathlib import Path

import pytest
from msgspec.structs import replace
from storage.__main__ import named
from storage.outcome import Load, Mixed, Outcome, Reads, Results, read, write
from storage.plan import BATCHES, Plan
from storage.reading import Stopwatch, one_by_one
from storage.report import markdown, table

from embedded.settings import ROOT

LOAD = Load(batch=1000, rows=200, seconds=2.0, settling_s=1.0, cpu_s=0.5)
READS = Reads(count=3, p50_ms=1.0, p99_ms=2.0, mean_ms=1.5)
ONE = Outcome(
    name="one",
    fsync_ms=0.5,
    loads=[LOAD] * 4,
    single=LOAD,
    positions=READS,
    most_watched=READS,
    viewers_per_day=READS,
    mixed=Mixed(5000, 4999.0, READS, READS),
    disk={"views": 6000, "latest_view": 4000},
    answers="these",
)
BOTH = ["other", "one"]
RESULTS = Results(rows=200, day="2026-11-29", cores=2, memory_gib=23, stores=[ONE])


def test_a_load_says_its_rate_and_what_an_event_cost() -> None:
    assert (LOAD.per_s, LOAD.cpu_us) == (100.0, 2500.0)


def test_what_is_kept_is_read_again(tmp_path: Path) -> None:
    write(RESULTS, tmp_path / "kept.json")
    assert read(tmp_path / "kept.json") == RESULTS


def test_a_store_measured_again_takes_its_place() -> None:
    both = RESULTS.with_one(replace(ONE, name="other"), BOTH)
    assert [store.name for store in both.stores] == ["other", "one"]
    again = both.with_one(replace(ONE, fsync_ms=9.0), ["one", "nobody", "other"])
    assert [(store.name, store.fsync_ms) for store in again.stores] == [
        ("one", 9.0),
        ("other", 0.5),
    ]


@pytest.mark.parametrize(
    ("changed", "joined"),
    [({}, ["one"]), ({"day": "2026-11-30"}, []), ({"rows": 300}, []), ({"cores": 4}, ["one"])],
)
def test_only_stores_with_the_same_events_are_joined(
    tmp_path: Path, changed: dict[str, str | int], joined: list[str]
) -> None:
    write(RESULTS, tmp_path / "kept.json")
    fresh = replace(RESULTS, stores=(), **changed)
    assert [store.name for store in fresh.joining(tmp_path / "kept.json").stores] == joined
    assert fresh.joining(tmp_path / "nothing.json") == fresh


def test_stores_that_answer_otherwise_do_not_agree() -> None:
    assert RESULTS.with_one(replace(ONE, name="other"), ["one", "other"]).agree
    assert not RESULTS.with_one(replace(ONE, name="other", answers="others"), BOTH).agree


@pytest.mark.parametrize("rows", [2000, 123_457, 1_000_000, 10_000_000])
def test_a_plan_spends_all_rows(rows: int) -> None:
    plan = Plan(rows)
    assert plan.fill + len(BATCHES) * plan.each + plan.single + plan.mixed == rows
    assert plan.fill >= rows * 0.45
    assert min(plan.each, plan.single, plan.mixed_batch, plan.point_reads) > 0


def test_rows_name_a_file() -> None:
    assert [*map(named, (1_000_000, 10_000_000, 250_000, 2345))] == ["1m", "10m", "250k", "2345"]


async def test_reads_are_timed_without_the_first() -> None:
    asked: list[int] = []
    clock = iter([10.0, 13.0])

    async def question() -> None:
        asked.append(1)

    reads = await one_by_one([question] * 4, lambda: next(clock))
    assert (len(asked), reads.count, reads.cpu_ms) == (5, 4, 750.0)
    assert 0 < reads.p50_ms <= reads.p99_ms


def test_percentiles_of_few() -> None:
    watch = Stopwatch()
    watch.took_ms += [5.0, 1.0, 3.0]
    assert watch.reads() == Reads(3, 3.0, 5.0, 3.0)


def test_the_table_has_a_column_for_each_store() -> None:
    rows = table(RESULTS.with_one(replace(ONE, name="other"), ["one", "other"]))
    assert rows[0] == ["200 events", "one", "other"]
    assert {len(cells) for cells in rows} == {3}
    cells = {title: rest for title, *rest in rows}
    assert cells["events a second, batches of 1 000"] == ["100", "100"]
    assert cells["bytes an event"] == ["30.0", "30.0"]
    assert cells["bytes an event, all four tables"] == ["50.0", "50.0"]
    first, ruler, *_ = markdown(rows).splitlines()
    assert (first, ruler) == ("| 200 events | one | other |", "| --- | --: | --: |")


@pytest.mark.parametrize("name", ["storage-1m", "storage-10m"])
def test_the_readme_has_the_table_of_the_results(name: str) -> None:
    text = (ROOT / "stress-testing" / "storage" / "README.md").read_text()
    results = read(ROOT / "stress-testing" / "results" / f"{name}.json")
    assert results.agree
    assert len(results.stores) == 4
    assert markdown(table(results)) in text
    assert re.search(rf"\]\(\.\./results/{name}\.png\)", text)
