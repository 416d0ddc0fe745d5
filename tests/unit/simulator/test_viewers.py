"""Simulated viewers behave as viewers do, whatever the seed and the hour."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from simulator.catalogue import CATALOGUE, FILMS
from simulator.viewer import Sitting, Viewer
from simulator.watching import BEAT_S, LATE_S, watch
from ugc_events.limits import MAX_BEHIND

NOW = datetime(2026, 3, 14, 15, 9, 26, tzinfo=UTC)
SEEDS = range(25)
every_seed = pytest.mark.parametrize("seed", SEEDS)


@cache
def sittings(seed: int, now: datetime = NOW) -> Sequence[Sitting]:
    rng = random.Random(seed)  # noqa: S311 - to be replayed
    return list(Viewer.born(rng).sittings(rng, now))


def test_watching_is_told_every_ten_seconds_of_it() -> None:
    beats = [beat for seed in SEEDS for beat in watch(random.Random(seed), 0.0, 3000.0, 9e9)]  # noqa: S311
    steps = [(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(beats) if b[1] > a[1] > 0]
    usual = [step for step in steps if step[1] == pytest.approx(BEAT_S)]
    assert len(usual) > 0.95 * len(steps)
    assert all(BEAT_S - LATE_S <= seconds < 910 + LATE_S for seconds, _ in usual)
    assert sum(seconds < BEAT_S + LATE_S for seconds, _ in usual) > 0.97 * len(usual)


def test_viewers_pause_and_seek_both_ways() -> None:
    beats = [list(watch(random.Random(seed), 0.0, 3000.0, 9e9)) for seed in SEEDS]  # noqa: S311
    steps = [(b[0] - a[0], b[1] - a[1]) for some in beats for a, b in pairwise(some)]
    assert any(moved == 0 for _, moved in steps)
    assert any(seconds > 2 * BEAT_S for seconds, _ in steps)
    assert any(moved < 0 for _, moved in steps)
    assert any(moved > 3 * BEAT_S for _, moved in steps)


@example(seed=144, start=0.0, more=1462.625, lasts=2296.0)  # a last step of milliseconds
@given(
    seed=st.integers(),
    start=st.floats(0, 5000),
    more=st.floats(0, 5000),
    lasts=st.floats(0, 9000),
)
def test_no_position_is_outside_of_what_is_watched(
    seed: int, start: float, more: float, lasts: float
) -> None:
    start, goal = round(start, 3), round(start + more, 3)
    beats = list(watch(random.Random(seed), start, goal, lasts))  # noqa: S311
    assert beats[0] == (0.0, start)
    assert all(0 <= position <= goal for _, position in beats)
    assert all(before <= after for (before, _), (after, _) in pairwise(beats))
    assert beats[-1][0] < lasts + 900 + 2 * BEAT_S


@every_seed
def test_a_film_is_taken_up_where_it_was_put_down(seed: int) -> None:
    for before, after in pairwise(sittings(seed)):
        if after.film is before.film:
            assert after.heartbeats[0].progress == before.heartbeats[-1].progress
        else:
            assert after.heartbeats[0].progress == 0.0


def test_some_films_are_taken_up_on_another_night_and_some_on_another_device() -> None:
    same_film = [
        (before, after)
        for seed in SEEDS
        for before, after in pairwise(sittings(seed))
        if after.film is before.film
    ]
    nights = [b.heartbeats[0].at - a.heartbeats[-1].at for a, b in same_film]
    assert any(between > timedelta(hours=12) for between in nights)
    assert any(a.device != b.device for a, b in same_film)


def test_viewers_see_several_films_and_not_every_film_to_its_end() -> None:
    furthest: dict[tuple[int, str], float] = {}
    for seed in SEEDS:
        for sitting in sittings(seed):
            reached = max(beat.progress for beat in sitting.heartbeats) / sitting.film.length
            key = (seed, sitting.film.title)
            furthest[key] = max(furthest.get(key, 0.0), reached)
    assert len(furthest) > 1.5 * len(SEEDS)
    assert 0.2 < sum(share == 1.0 for share in furthest.values()) / len(furthest) < 0.9


@every_seed
def test_a_heartbeat_is_of_its_film_and_by_the_clock_of_its_device(seed: int) -> None:
    for sitting in sittings(seed):
        for beat in sitting.heartbeats:
            assert FILMS[beat.film_id] is sitting.film
            assert 0 <= beat.progress <= beat.total == sitting.film.length
            assert beat.progress == round(beat.progress, 3)
            ahead = (beat.event_time - beat.at).total_seconds()
            assert ahead == pytest.approx(sitting.device.ahead_s, abs=0.001)


@every_seed
def test_no_two_events_of_a_viewer_in_a_film_have_the_same_time(seed: int) -> None:
    times = [(b.film_id, b.event_time) for sitting in sittings(seed) for b in sitting.heartbeats]
    assert len(set(times)) == len(times)


def test_when_two_clocks_meet_the_later_report_is_a_millisecond_on() -> None:
    viewer = Viewer.born(random.Random(1))  # noqa: S311 - to be replayed
    taken: set[tuple[UUID, datetime]] = set()
    times = [
        beat.event_time
        for _ in range(2)
        for beat in viewer.heartbeats(CATALOGUE[0], viewer.tv, NOW, iter([(0.0, 5.0)]), taken)
    ]
    assert times[1] - times[0] == timedelta(milliseconds=1)


@settings(max_examples=30)
@given(
    seed=st.integers(),
    now=st.datetimes(datetime(2021, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_nothing_is_from_the_future_or_older_than_the_window(seed: int, now: datetime) -> None:
    times = [b.event_time for sitting in sittings(seed, now) for b in sitting.heartbeats]
    assert max(times) <= now
    assert min(times) > now - MAX_BEHIND + timedelta(days=20)


def test_a_film_that_loses_its_viewers_in_the_middle_does() -> None:
    rng = random.Random(1)  # noqa: S311 - to be replayed
    psycho = next(film for film in CATALOGUE if film.title == "Psycho")
    points = [psycho.leaving_point(rng) / psycho.length for _ in range(1000)]
    assert sum(0.4 < point < 0.5 for point in points) > 400
    assert sum(point == 1.0 for point in points) > 250
    assert all(0 < point <= 1 for point in points)
