"""The README's tables of `make load`, and what a run says of when and where it was taken."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from asked import KEPT
from load.page import PAGE, WRK, row, with_tables
from load.scenario import SCENARIOS
from load.taken import taken

RUN: dict[str, Any] = {
    "scenario": "storm",
    "taken": "2026-11-30T10:02:03+00:00",
    "users": 1500,
    "limits": {"p95_ms": 300, "waited_ms": 30_000},
    "requests": 1000,
    "per_second": 16.7,
    "p95_ms": 85.4,
    "failed": 1,
    "refused": 135,
    "waited": {"p99_ms": 14_230.0},
    "accepted": 7393,
    "stored": 7394,
    "complaints": [],
}


def test_the_readme_has_the_tables_of_the_results() -> None:
    """If not: PYTHONPATH=.:stress-testing python -m load.page"""
    text = PAGE.read_text(encoding="utf-8")
    assert with_tables(text) == text
    for name in SCENARIOS:
        assert f"](results/load-{name}.png)" in text
    with pytest.raises(ValueError, match="no place for: load"):
        with_tables(text.replace("<!-- load -->", ""))


@pytest.mark.parametrize("name", [*(f"load-{name}.json" for name in SCENARIOS), WRK])
def test_a_kept_run_says_when_it_was_taken_and_complains_of_nothing(name: str) -> None:
    run = json.loads((KEPT / name).read_text())
    assert datetime.fromisoformat(run["taken"])
    assert not run.get("complaints")


def test_a_row_has_what_is_judged_beside_its_bound() -> None:
    assert row(RUN) == (
        "| storm | 2026-11-30 | 1 500 | 17 | 85 of 300 ms | 1 | 13.5% | 14.2 of 30 s "
        "| 7 393 | 7 394 |"
    )


def test_a_row_says_of_a_run_that_it_failed_and_what_nobody_knows() -> None:
    run = {
        **RUN,
        "waited": {},
        "complaints": ["no request was answered"],
        "requests": 0,
        "refused": 0,
    }
    del run["stored"]
    assert row(run).startswith("| storm: failed |")
    assert "| 0.0% |" in row(run)
    assert row(run).endswith("| - | 7 393 | ? |")


def test_a_run_says_when_and_on_what_it_was_taken() -> None:
    facts = taken(datetime(2026, 11, 30, 10, 2, 3, 456, tzinfo=UTC))
    assert facts["taken"] == "2026-11-30T10:02:03+00:00"
    assert isinstance(facts["machine"], dict)
    assert facts["machine"].keys() >= {"processor", "cores", "system", "python"}
