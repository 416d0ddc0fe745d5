"""Whether a curve grows, as a soak judges it."""

import random

import pytest
from soak.flatness import Allowance, Series, trend

ALLOWED = Allowance(share=0.10, at_least=5.0)


def samples(
    minutes: float, leak_per_hour: float = 0.0, scatter: float = 1.5, seed: int = 7
) -> Series:
    """Every five seconds, about 100."""
    rng = random.Random(seed)  # noqa: S311 - the same each time
    return [
        (at, 100 + leak_per_hour * at / 3600 + rng.gauss(0, scatter))
        for at in (5.0 * n for n in range(int(minutes * 12)))
    ]


def grows(series: Series, allowed: Allowance = ALLOWED) -> bool:
    found = trend(series)
    assert found is not None
    return found.grows(allowed)


@pytest.mark.parametrize("minutes", [4, 12, 60])
def test_scatter_alone_is_flat(minutes: int) -> None:
    assert not grows(samples(minutes))


def test_nor_does_it_look_like_growth_in_a_short_stretch() -> None:
    series = [samples(4, scatter=8, seed=seed) for seed in range(100)]
    assert any(one.per_hour > 100 for one in map(trend, series) if one)
    assert not any(map(grows, series))


@pytest.mark.parametrize(("minutes", "per_hour"), [(60, 25), (12, 60), (4, 300)])
def test_a_leak_is_found(minutes: int, per_hour: float) -> None:
    found = trend(samples(minutes, leak_per_hour=per_hour))
    assert found is not None
    assert found.per_hour == pytest.approx(per_hour, rel=0.2)
    assert found.grows(ALLOWED)


@pytest.mark.parametrize("minutes", [4, 12, 60])
def test_it_is_said_from_which_leak_on_one_is_found(minutes: int) -> None:
    found = trend(samples(minutes))
    assert found is not None
    least = ALLOWED.noticed(found)
    assert grows(samples(minutes, leak_per_hour=1.5 * least))
    assert not grows(samples(minutes, leak_per_hour=0.7 * least))


def test_a_few_more_in_a_short_stretch_are_no_growth() -> None:
    connections = [(5.0 * n, 70.0 + n // 9) for n in range(48)]
    assert not grows(connections)


def test_a_leak_within_what_is_allowed_is_let_pass() -> None:
    assert not grows(samples(60, leak_per_hour=5))


def test_growth_in_the_first_ten_minutes_is_warming_up() -> None:
    warm = [(at, value - max(0.0, 60 - at / 10)) for at, value in samples(60)]
    assert not grows(warm)


def test_some_outliers_are_no_growth() -> None:
    spoilt = [
        (at, value * 5 if n > 650 and n % 9 == 0 else value)
        for n, (at, value) in enumerate(samples(60))
    ]
    assert not grows(spoilt)


def test_a_saw_that_comes_back_is_flat() -> None:
    assert not grows([(at, value + at % 240 / 8) for at, value in samples(60)])


def test_below_what_it_may_settle_at_growth_does_not_matter() -> None:
    heap = Allowance(share=0.10, at_least=5.0, settled=200.0)
    assert not grows(samples(60, leak_per_hour=80), heap)
    assert grows(samples(60, leak_per_hour=200), heap)


@pytest.mark.parametrize("series", [[], samples(1), samples(1.5)])
def test_nothing_is_said_of_what_lived_too_short(series: Series) -> None:
    assert trend(series) is None
