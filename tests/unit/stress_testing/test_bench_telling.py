"""What a run says and shows, from the saved one."""

from pathlib import Path

import msgspec
import pytest
from bench.figures import Record
from bench.picture import draw
from bench.summary import SAVED
from bench.targets import TARGETS
from bench.telling import tell, tell_comparison


@pytest.fixture
def saved() -> Record:
    return msgspec.json.decode(SAVED.read_bytes(), type=Record)


def test_a_run_held_against_itself_is_neither_slower_nor_faster(
    saved: Record, capsys: pytest.CaptureFixture[str]
) -> None:
    tell_comparison(saved, saved)
    said = capsys.readouterr().out
    assert "single/api" in said
    assert "within noise" in said
    assert not {"slower", "faster", "more", "less"} & set(said.replace(",", " ").split())


def test_a_slower_api_is_told(saved: Record, capsys: pytest.CaptureFixture[str]) -> None:
    new = msgspec.json.decode(SAVED.read_bytes(), type=Record)
    runs = new.by_name()["single/api"].runs
    runs[:] = [3 * us for us in runs]
    tell_comparison(new, saved)
    (line,) = [one for one in capsys.readouterr().out.splitlines() if one.startswith("single/api ")]
    assert line.endswith("slower")
    assert "3.00 (" in line


def test_the_figures_are_told_beside_the_plain_way_and_the_target(
    saved: Record, capsys: pytest.CaptureFixture[str]
) -> None:
    tell(saved)
    said = capsys.readouterr().out
    assert "target: an event is seen after its 202 (p99), at most 1000 ms: " in said
    assert "target: a row takes of the worker's CPU, at most 2 us: " in said
    assert 4 < said.count("target: ") <= len(TARGETS)
    most = saved.by_name()["memory/peak"].middle
    assert f"MiB at its start, at most {most:.0f} MiB; over so few rows nothing is said" in said
    assert not [line for line in said.splitlines() if line.startswith("plain ")]


def test_a_run_of_other_sizes_and_figures_without_a_ratio_are_told(
    saved: Record, capsys: pytest.CaptureFixture[str]
) -> None:
    new = msgspec.json.decode(SAVED.read_bytes(), type=Record)
    tell_comparison(new, saved)
    assert "other sizes" not in capsys.readouterr().out
    new.chosen["posts"] = 7
    new.by_name()["single/kafka"].runs[0] = 0.0
    tell_comparison(new, saved)
    said = capsys.readouterr().out
    assert f"other sizes, so a change may be theirs: posts {saved.chosen['posts']}, now 7" in said
    (line,) = [line for line in said.splitlines() if line.startswith("no ratio")]
    assert "single/kafka" in line.partition(": ")[2].split("; ")


def test_a_part_alone_is_drawn_smaller(saved: Record, tmp_path: Path) -> None:
    whole, part = (draw(saved, tmp_path / f"{name}.png") for name in ("whole", "part"))
    saved.figures = [one for one in saved.figures if one.name.startswith("memory/")]
    saved.freshness_ms, saved.tables = {}, []
    draw(saved, part)
    assert 0 < part.stat().st_size < whole.stat().st_size
