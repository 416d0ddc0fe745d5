"""A rate with bursts of four seconds' worth, per user, at any reading of the clock."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ugc_api.access import rate
from ugc_api.access.rate import RateLimit

USER, OTHER = UUID(int=1), UUID(int=2)


def burst(limit: RateLimit, now: float, user: UUID = USER) -> int:
    """How many events may go at one moment."""
    allowed = 0
    while not limit.wait(user, now):
        allowed += 1
    return allowed


@pytest.mark.parametrize("now", [0.0, 123.456, 100_000.1, 31_000_000.3])
@pytest.mark.parametrize("per_second", [1, 3, 49, 50, 100])
def test_a_burst_is_four_seconds_worth(per_second: int, now: float) -> None:
    limit = RateLimit(per_second)
    assert burst(limit, now) == 4 * per_second
    assert burst(limit, now, OTHER) == 4 * per_second


def test_it_refills_with_time() -> None:
    limit = RateLimit(50)
    burst(limit, 100.0)
    assert limit.wait(USER, 100.0) == pytest.approx(0.02)
    assert burst(limit, 100.021) == 1
    assert burst(limit, 101.021) == 50
    assert burst(limit, 1000.0) == 200


def test_after_the_wait_it_told_an_event_may_go() -> None:
    limit = RateLimit(7)
    burst(limit, 50.0)
    wait = limit.wait(USER, 50.0)
    assert limit.wait(USER, 50.0 + wait) == 0


def test_a_refused_event_costs_nothing() -> None:
    limit = RateLimit(1)
    burst(limit, 0.0)
    for _ in range(100):
        assert limit.wait(USER, 0.5) == pytest.approx(0.5)
    assert limit.wait(USER, 1.0) == 0


def test_zero_is_no_limit() -> None:
    limit = RateLimit(0)
    assert not any(limit.wait(USER, 1.0) for _ in range(10_000))
    assert limit._due == {}


def test_who_is_silent_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate, "_SWEEP_AT", 10)
    limit = RateLimit(1)
    for number in range(1000):
        limit.wait(UUID(int=number), float(number))
    assert len(limit._due) <= 20


def test_who_is_not_silent_is_not_looked_through_at_every_event(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """That would take as long for each as there are users."""
    monkeypatch.setattr(rate, "_SWEEP_AT", 10)
    limit, sweeps = RateLimit(1), 0
    for number in range(1000):
        before = limit._due
        limit.wait(UUID(int=number), 5.0)
        sweeps += limit._due is not before
    assert len(limit._due) == 1000
    assert 0 < sweeps < 10


def test_forgetting_lets_nobody_report_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate, "_SWEEP_AT", 1)
    limit = RateLimit(1)
    burst(limit, 10.0)
    for number in range(50):
        limit.wait(UUID(int=number + 10), 10.5)
    assert limit.wait(USER, 10.5) > 0


@given(st.integers(1, 100), st.lists(st.floats(0, 0.5), max_size=300))
def test_never_more_than_the_rate_and_one_burst(per_second: int, pauses: list[float]) -> None:
    limit, now, allowed = RateLimit(per_second), 1000.0, 0
    for pause in pauses:
        now += pause
        allowed += not limit.wait(USER, now)
    assert allowed <= per_second * (now - 1000.0 + 4) + 1
