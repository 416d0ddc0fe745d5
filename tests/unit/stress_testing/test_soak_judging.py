"""A whole soak judged by its samples, and told as JSON, page and picture."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from soak.capacity import Step
from soak.census import Usage
from soak.judging import curves, most_parts
from soak.kills import Kill
from soak.outcome import Outcome
from soak.report import redraw, write
from soak.sampling import Sample
from soak.verdict import Verdict

KILLED_AT = 600.0


def sample(at: float, leak: float = 0.0) -> Sample:
    """The worker is killed in the middle, and another one follows; after that it is late."""
    worker = 11 if at < KILLED_AT else 12
    wobble = at / 5 % 3
    late = KILLED_AT <= at < KILLED_AT + 40
    return Sample(
        at=at,
        accepted=round(at * 100),
        lag=None if late else 20,
        freshness=at - KILLED_AT if late else 0.5 + wobble / 10,
        parts={"views_local": 7 + int(wobble)},
        log=at / 10,
        processes={
            "etl": Usage(worker, 180, 140 + wobble + leak * at, 30, 9, at / 20),
            "api": Usage(5, 150, 90 + wobble, 40, 4, at / 10),
        },
    )


KILLS = (Kill(KILLED_AT, "etl", 11, 40.0),)


def outcome(samples: Sequence[Sample], kills: Sequence[Kill] = KILLS) -> Outcome:
    return Outcome(
        at="2026-01-02T03:04:05+00:00",
        machine="2 cores",
        minutes=20,
        ramp=[Step(500, 500), Step(750, 400)],
        rate=250,
        samples=samples,
        kills=kills,
        curves=curves(samples, kills),
        parts=most_parts(samples),
        answers={202: 99, 503: 1},
        again=2,
        verdict=Verdict(accepted=99, stored=99),
    )


def over(leak: float = 0.0) -> list[Sample]:
    return [sample(5.0 * n, leak) for n in range(240)]


def test_a_soak_whose_curves_are_flat_has_no_complaints() -> None:
    assert outcome(over()).complaints() == []


def test_a_worker_that_leaks_between_its_starts_is_named() -> None:
    assert {one[:22] for one in outcome(over(leak=0.02)).complaints()} == {
        "memory, MiB of etl 11 ",
        "memory, MiB of etl 12 ",
    }


def test_a_level_that_another_start_brought_is_no_growth() -> None:
    samples = [
        replace(one, processes={"etl": replace(one.processes["etl"], own=140 + 40 * (n >= 120))})
        for n, one in enumerate(over())
    ]
    assert outcome(samples).complaints() == []


def test_handles_that_are_never_closed_are_named() -> None:
    samples = [
        replace(one, processes={"api": replace(one.processes["api"], handles=40 + n)})
        for n, one in enumerate(over())
    ]
    (complaint,) = outcome(samples).complaints()
    assert "handles of api 5 grows by 720" in complaint


def test_freshness_right_after_kills_is_no_growth() -> None:
    kills = [Kill(at, "kafka", 1, 25.0) for at in range(40, 1200, 40)]
    samples = [
        replace(one, freshness=one.at / 50) if one.at >= 40 and one.at % 40 < 30 else one
        for one in over()
    ]
    assert outcome(samples).complaints()
    assert outcome(samples, kills).complaints() == []


def test_freshness_that_gets_worse_is_named() -> None:
    samples = [replace(one, freshness=(one.freshness or 0) + one.at / 300) for one in over()]
    (complaint,) = outcome(samples).complaints()
    assert complaint.startswith("freshness, s of the whole")


def test_too_many_parts_are_named() -> None:
    samples = over()
    samples[77] = replace(samples[77], parts={"views_local": 101})
    (complaint,) = outcome(samples).complaints()
    assert complaint == "views_local had 101 active parts, at most 100 are allowed"


def test_what_the_comparison_found_and_rows_of_nobody_are_complaints() -> None:
    verdict = Verdict(strays=2, differences={"missing": 1}, complaints=["missing: views x"])
    assert replace(outcome(over()), verdict=verdict, failure="etl stayed away").complaints() == [
        "etl stayed away",
        "missing: views x",
        "2 rows of nobody who sent them",
    ]


def test_it_is_told_as_json_page_and_picture(tmp_path: Path) -> None:
    again = Kill(KILLED_AT + 90, "etl", 12, 3.0)
    write(outcome(over(leak=0.02), [*KILLS, again]), tmp_path)
    told = json.loads((tmp_path / "soak.json").read_text())
    assert told["complaints"]
    (tmp_path / "soak.md").unlink()
    redraw(tmp_path)
    assert told["verdict"]["accepted"] == 99
    assert len(told["samples"]) <= 240
    page = (tmp_path / "soak.md").read_text()
    assert "| etl | 2 | 40.0 s | 21.5 s |" in page
    assert "| etl: memory, MiB | 2 | +72" in page
    assert (tmp_path / "soak.png").read_bytes().startswith(b"\x89PNG")
