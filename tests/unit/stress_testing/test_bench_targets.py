"""Whether a target is met, and when nothing is said of it."""

import pytest
from bench.figures import Figure
from bench.targets import FRESHNESS, OF_READS, judged, verdict


def known(p99: float | None = 700.0, accepted: float | None = 2000.0) -> dict[str, Figure]:
    measured = {"p50": 400.0, "p99": p99, "accepted": accepted}
    return {
        f"freshness/{name}": Figure(f"freshness/{name}", "ms", [value], [30.0])
        for name, value in measured.items()
        if value is not None
    }


@pytest.mark.parametrize(
    ("p99", "accepted", "verdict"),
    [
        (700.0, 2000.0, "700 ms, met"),
        (1100.0, 1981.0, "1 100 ms, not met"),
        (700.0, 1979.0, "not judged, 1 979 of 2 000 a second were accepted"),
        (None, 2000.0, "not judged, fewer than 500 measured"),
        (700.0, None, "700 ms, met"),
    ],
)
def test_it_is_judged_by_p99_at_the_rate_that_was_planned(
    p99: float | None, accepted: float | None, verdict: str
) -> None:
    assert judged(FRESHNESS, known(p99, accepted), 2000).endswith(f"at most 1000 ms: {verdict}")


@pytest.mark.parametrize(
    ("runs", "samples", "said"),
    [
        ([19.9681], 1000, "19.97 ms (of 1 000), met"),
        ([20.04], 1000, "20.04 ms (of 1 000), not met"),
        ([22.27], 1000, "22.3 ms (of 1 000), not met"),
        ([14.04, 19.968, 22.27], 0, "19.97 ms (14..22.3), met"),
        ([14.04], 0, "14 ms, met"),
    ],
)
def test_near_its_bound_a_figure_is_told_with_a_digit_more(
    runs: list[float], samples: int, said: str
) -> None:
    target = OF_READS["position"]
    found = Figure(target.figure, "ms", runs, [30.0] * len(runs), samples=samples)
    assert verdict(target, {target.figure: found}, 2000) == said


def test_nothing_is_said_of_what_was_not_measured() -> None:
    assert judged(FRESHNESS, {}, 2000) == ""
