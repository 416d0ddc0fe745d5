"""When a run of load has failed, and what it is told by."""

import json
from pathlib import Path

import pytest
from load.ceiling import figures
from load.picture import redraw
from load.scenario import SCENARIOS
from load.thresholds import Thresholds, complaints
from load.timeline import Timeline

LIMITS = Thresholds(p95_ms=100, failures=0.01)


def test_within_its_limits_a_run_is_fine() -> None:
    assert complaints(LIMITS, p95_ms=100, failed=10, requests=1000) == []


@pytest.mark.parametrize(
    ("p95_ms", "failed", "requests", "said"),
    [
        (100.5, 0, 1000, "p95"),
        (1, 11, 1000, "1.10% of the requests failed"),
        (0, 0, 0, "no request was answered"),
    ],
)
def test_beyond_one_it_has_failed(p95_ms: float, failed: int, requests: int, said: str) -> None:
    (complaint,) = complaints(LIMITS, p95_ms, failed, requests)
    assert said in complaint


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


def test_the_picture_is_drawn_from_the_json_alone(tmp_path: Path) -> None:
    timeline = Timeline()
    for n in range(50):
        timeline.add(n / 5, "503" if n > 30 else "202", 3.0 + n, failed=n > 45, on_purpose=False)
    run = {
        "scenario": "storm",
        "title": SCENARIOS["storm"].title,
        "users": 5,
        "limits": {"p95_ms": 20, "failures": 0.001},
        "outage": [2.0, 4.0],
        "requests": 50,
        "failed": 4,
        **timeline.took_ms(),
        "complaints": ["p95 is 51 ms"],
        "seconds": timeline.rows(),
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
