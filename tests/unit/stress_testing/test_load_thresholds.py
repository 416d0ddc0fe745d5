"""When a run of load has failed, and what it is told by."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from load.ceiling import figures
from load.outcome import outcome
from load.picture import redraw
from load.scenario import SCENARIOS
from load.taken import taken
from load.thresholds import Counted, Thresholds, complaints, lost
from load.timeline import Timeline

LIMITS = Thresholds(p95_ms=100, failures=0.01, refused=0.02, accepted=0.9, waited_ms=5000)
FINE = Counted(
    requests=1000,
    failed=10,
    refused=20,
    p95_ms=100,
    offered=1000,
    accepted=900,
    waited_p99_ms=5000,
)


def timeline(*answers: tuple[str, float]) -> Timeline:
    """Ten a second, of these statuses and times."""
    found = Timeline()
    for n, (status, took_ms) in enumerate(answers):
        found.add(10 + n / 10, status, took_ms, failed=False, on_purpose=False)
    return found


def test_within_its_limits_a_run_is_fine() -> None:
    assert complaints(LIMITS, FINE) == []
    assert complaints(replace(LIMITS, waited_ms=None), replace(FINE, waited_p99_ms=None)) == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"p95_ms": 100.5}, "p95"),
        ({"failed": 11}, "1.10% of the requests failed"),
        ({"refused": 21}, "2.10% of the requests were refused"),
        ({"requests": 0}, "no request was answered"),
        ({"accepted": 899}, "89.90% of the events were accepted"),
        ({"accepted": 0}, "no event was accepted"),
        ({"accepted": 0, "offered": 0}, "no event was accepted"),
        ({"waited_p99_ms": 5100}, "first try to the 202 is 5.1 s"),
    ],
)
def test_beyond_one_it_has_failed(changed: dict[str, Any], said: str) -> None:
    (complaint,) = complaints(LIMITS, replace(FINE, **changed))
    assert said in complaint


@pytest.mark.parametrize("name", SCENARIOS)
@pytest.mark.parametrize("status", ["429", "503"])
def test_a_stack_that_refuses_everything_fails_every_scenario(name: str, status: str) -> None:
    """However fast it does, and with when to come again."""
    run = outcome(SCENARIOS[name].limits, timeline(*[(status, 1.0)] * 500), 500, 0)
    said = "; ".join(run["complaints"])
    assert "100.00% of the requests were refused" in said
    assert "no event was accepted" in said


@pytest.mark.parametrize("name", SCENARIOS)
def test_reads_that_are_answered_make_up_for_no_event(name: str) -> None:
    run = outcome(SCENARIOS[name].limits, timeline(*[("200", 1.0)] * 500), 0, 0)
    assert run["complaints"] == ["no event was accepted"]


def test_fast_refusals_do_not_lower_p95() -> None:
    run = outcome(LIMITS, timeline(*[("202", 150.0)] * 10, *[("503", 1.0)] * 990), 10, 10)
    assert (run["p95_ms"], run["refused"], run["per_second"]) == (150.0, 990, 10.0)
    assert any("p95 is 150 ms" in line for line in run["complaints"])


def test_how_long_an_event_waits_is_judged_by_its_slowest() -> None:
    answered = timeline(*[("202", 1.0)] * 100)
    run = outcome(LIMITS, answered, 100, 100, [1.0] * 97 + [5001.0] * 3)
    assert run["waited"] == {"p50_ms": 1.0, "p95_ms": 1.0, "p99_ms": 5001.0}
    assert run["complaints"] == [
        "p99 from the first try to the 202 is 5.0 s, at most 5.0 are allowed"
    ]
    assert outcome(LIMITS, answered, 100, 100)["waited"] == {}


def test_what_was_accepted_and_is_not_stored_is_lost() -> None:
    assert lost(10, 10) == lost(10, 11) == []
    assert lost(10, 9) == ["of 10 accepted 9 are stored"]


def test_no_refusal_is_allowed_where_nothing_asks_for_one() -> None:
    none = [name for name, one in SCENARIOS.items() if one.limits.refused == 0]
    assert none == ["evening", "uploads", "broken"]


def test_what_is_slow_on_purpose_counts_as_a_request_but_not_for_the_percentiles() -> None:
    timeline = Timeline()
    for n in range(100):
        timeline.add(10 + n % 2, "202", float(n), failed=False, on_purpose=False)
    timeline.add(13.9, "202", 60_000, failed=False, on_purpose=True)
    timeline.add(13.9, "500", 5, failed=True, on_purpose=False)
    assert (timeline.requests, timeline.failed) == (102, 1)
    assert timeline.took_ms()["p95_ms"] == 94
    assert [row["at"] for row in timeline.rows()] == [10, 11, 12, 13]
    assert timeline.rows()[3]["statuses"] == {"202": 1, "500": 1}


@pytest.mark.parametrize("after", [30, 0], ids=["some refused", "all refused"])
def test_the_picture_is_drawn_from_the_json_alone(tmp_path: Path, after: int) -> None:
    answers = timeline(*[("503" if n > after else "202", 3.0 + n) for n in range(1, 51)])
    run = {
        "scenario": "storm",
        "title": SCENARIOS["storm"].title,
        **taken(),
        "users": 5,
        "limits": {"p95_ms": 20, "failures": 0.001},
        "outage": [12.0, 14.0],
        **outcome(LIMITS, answers, 50, after),
        "observed": [{"at": n, "lag": n or None, "freshness": 0.5} for n in range(9)],
    }
    file = tmp_path / "load-storm.json"
    file.write_text(json.dumps(run))
    assert redraw(file).read_bytes().startswith(b"\x89PNG")


def test_what_wrk_says_is_read_in_any_unit() -> None:
    said = """Running 10s test @ http://127.0.0.1:8000/healthz
  Latency Distribution
     50%  750.00us
     75%    1.20ms
     90%    2.00ms
     99%    1.01s
  61234 requests in 10.01s, 9.00MB read
  Non-2xx or 3xx responses: 12
Requests/sec:   6117.28
Transfer/sec:      0.90MB
"""
    assert figures(said) == {
        "per_second": 6117.28,
        "p50_ms": 0.75,
        "p99_ms": 1010.0,
        "refused": 12.0,
    }
    with pytest.raises(ValueError, match="unable to connect"):
        figures("unable to connect to 127.0.0.1")
