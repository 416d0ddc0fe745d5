"""What `make storage` keeps, joins, compares and writes into its README."""

from pathlib import Path

import pytest
from msgspec.structs import replace
from storage.__main__ import named
from storage.candidates import CANDIDATES
from storage.outcome import Load, Mixed, Outcome, Reads, Results, read, spread, write
from storage.page import FILES, PAGE, with_tables
from storage.picture import draw
from storage.plan import BATCHES, Plan
from storage.reading import Stopwatch, one_by_one
from storage.report import ANSWERING, markdown, ratio, ratios, storing, table

LOAD = Load(batch=1000, rows=200, seconds=2.0, settling_s=1.0, cpu_s=0.5)
READS = Reads(count=3, p50_ms=1.0, p99_ms=2.0, mean_ms=1.5, cpu_ms=0.5)
ONE = Outcome(
    name="one",
    fsync_ms=0.5,
    loads=[LOAD] * 4,
    single=LOAD,
    positions=READS,
    most_watched=READS,
    viewers_per_day=READS,
    mixed=Mixed(5000, 4999.0, READS, READS),
    disk={"views": 6000, "positions": 4000, "viewer_days": 0},
    answers="these",
    version="1.2",
    begun="2026-11-29 10:02",
)
OTHER = replace(ONE, name="other")
BOTH = ["other", "one"]
RESULTS = Results(rows=200, day="2026-11-29", cores=2, memory_gib=23, passes=[ONE])


def test_a_load_says_its_rate_and_what_an_event_cost() -> None:
    assert (LOAD.per_s, LOAD.cpu_us) == (100.0, 2500.0)


def test_what_is_kept_is_read_again(tmp_path: Path) -> None:
    write(RESULTS, tmp_path / "kept.json")
    assert read(tmp_path / "kept.json") == RESULTS


def test_a_store_has_as_many_passes_as_were_measured() -> None:
    later = replace(ONE, fsync_ms=9.0)
    results = RESULTS.with_one(OTHER, BOTH).with_one(later, BOTH)
    assert results.by_store == {"other": [OTHER], "one": [ONE, later]}


@pytest.mark.parametrize(
    ("changed", "joined"),
    [
        ({}, ["other", "other"]),
        ({"day": "2026-11-30"}, []),
        ({"rows": 300}, []),
        ({"cores": 4}, []),
    ],
)
def test_passes_of_other_stores_are_joined_if_they_had_the_same_events_and_machine(
    tmp_path: Path, changed: dict[str, str | int], joined: list[str]
) -> None:
    write(replace(RESULTS, passes=[OTHER, OTHER, ONE]), tmp_path / "kept.json")
    fresh = replace(RESULTS, passes=(), **changed)
    found = fresh.joining(tmp_path / "kept.json", ["one"])
    assert [one.name for one in found.passes] == joined
    assert fresh.joining(tmp_path / "nothing.json", ["one"]) == fresh


def test_stores_that_answer_otherwise_do_not_agree() -> None:
    assert RESULTS.with_one(OTHER, BOTH).agree
    assert not RESULTS.with_one(replace(OTHER, answers="others"), BOTH).agree


@pytest.mark.parametrize("rows", [2000, 123_457, 1_000_000, 10_000_000])
def test_a_plan_spends_all_rows(rows: int) -> None:
    plan = Plan(rows)
    assert plan.fill + len(BATCHES) * plan.each + plan.single + plan.mixed == rows
    assert plan.fill >= rows * 0.45
    assert min(plan.each, plan.single, plan.mixed_batch, plan.point_reads) > 0


def test_rows_name_a_file() -> None:
    assert [*map(named, (1_000_000, 10_000_000, 250_000, 2345))] == ["1m", "10m", "250k", "2345"]


@pytest.mark.parametrize(("within_s", "counted"), [(10.0, 4), (0.0, 1)])
async def test_reads_are_timed_without_the_first_as_long_as_there_is_time(
    within_s: float, counted: int
) -> None:
    asked: list[int] = []
    clock = iter([10.0, 13.0])

    async def question() -> None:
        asked.append(1)

    reads = await one_by_one([question] * 4, lambda: next(clock), within_s)
    assert (len(asked), reads.count, reads.cpu_ms) == (counted + 1, counted, 3000 / counted)
    assert 0 < reads.p50_ms <= reads.p99_ms


def test_percentiles_of_few() -> None:
    watch = Stopwatch()
    watch.took_ms += [5.0, 1.0, 3.0]
    assert watch.reads() == Reads(3, 3.0, 5.0, 3.0)


def test_the_table_has_a_column_for_each_store() -> None:
    rows = table(RESULTS.with_one(OTHER, BOTH))
    assert rows[0] == ["200 events", "other", "one"]
    assert {len(cells) for cells in rows} == {3}
    cells = {title: rest for title, *rest in rows}
    assert cells["version"] == ["1.2", "1.2"]
    assert cells["the first began, UTC"] == ["2026-11-29 10:02"] * 2
    assert cells["events a second, batches of 1 000"] == ["100", "100"]
    assert cells["bytes an event"] == ["30", "30"]
    assert cells["bytes an event, all tables"] == ["50", "50"]
    first, ruler, *_ = markdown(rows).splitlines()
    assert (first, ruler) == ("| 200 events | other | one |", "| --- | --: | --: |")


def test_of_several_passes_it_has_the_median_and_the_range() -> None:
    assert spread([3.0, 1.0, 8.0]) == (3.0, 1.0, 8.0)
    passes = [replace(ONE, fsync_ms=ms) for ms in (0.02, 1234.5, 1.0)]
    cells = {title: rest for title, *rest in table(replace(RESULTS, passes=passes))}
    assert cells["passes"] == ["3"]
    assert cells["one fsync of the disk before, ms"] == ["1 (0.02..1 230)"]
    assert cells["bytes an event"] == ["30"]


def test_ratios_are_those_of_the_medians() -> None:
    def costing(ms: float) -> Outcome:
        return replace(OTHER, positions=replace(READS, cpu_ms=ms))

    results = replace(RESULTS, passes=[ONE, costing(1.0), costing(60.0), costing(2.0)])
    rows = ratios([results], "other", "one")
    assert rows[0] == ["other to one", "200 events: CPU", "clock"]
    assert ["where did I stop", "4 times", "1 times"] in rows
    assert ["where did I stop", "1/4", "1 times"] in ratios([results], "one", "other")


def test_the_picture_of_one_pass_and_of_more(tmp_path: Path) -> None:
    one = replace(ONE, name="PostgreSQL")
    for passes in ([one], [one, replace(one, single=replace(LOAD, cpu_s=2.0))]):
        file = draw(replace(RESULTS, passes=passes), tmp_path / f"{len(passes)}.png")
        assert file.read_bytes().startswith(b"\x89PNG")


def test_the_readme_has_the_tables_of_the_results() -> None:
    """If not: PYTHONPATH=.:stress-testing python -m storage.page"""
    text = PAGE.read_text(encoding="utf-8")
    assert with_tables(text, *map(read, FILES)) == text
    for file in FILES:
        assert f"](../results/{file.stem}.png)" in text
    with pytest.raises(ValueError, match="no place for: ratios"):
        with_tables(text.replace("<!-- ratios -->", ""), *map(read, FILES))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_results_are_of_all_stores_and_say_what_the_readme_concludes(file: Path) -> None:
    results = read(file)
    assert results.agree
    assert list(results.by_store) == list(CANDIDATES)
    largest, _, small, single = storing(results.passes[0])
    position, _, viewers = ANSWERING
    for clickhouse in ("ClickHouse", "ClickHouse+fsync"):
        for postgresql in ("PostgreSQL", "PostgreSQL+async"):
            pair = (postgresql, clickhouse)
            assert ratio(results, largest.cpu, *pair) > 2
            assert ratio(results, viewers.cpu, *pair) > 2
            assert ratio(results, lambda s: s.disk["views"], *pair) > 4
            assert ratio(results, small.cpu, *pair) < 1
            assert ratio(results, single.cpu, *pair) < 1 / 50
            assert ratio(results, position.cpu, *pair) < 1 / 50
