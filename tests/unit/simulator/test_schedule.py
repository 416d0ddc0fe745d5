"""What one run sends: replayable, as much as was asked for, and all that networks do to it."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from simulator.mistakes import MISTAKES
from simulator.network import Again, Delivery, Live, Mixed, Upload, Wrong
from simulator.schedule import Schedule, schedule
from simulator.viewer import Heartbeat

NOW = datetime(2026, 3, 14, 15, 9, 26, tzinfo=UTC)


@pytest.fixture(scope="module")
def plan() -> Schedule:
    return schedule(seed=7, events=20_000, seconds=60, now=NOW)


def valid(delivery: Delivery) -> Sequence[Heartbeat]:
    """What is reported for the first time."""
    match delivery:
        case Live(_, heartbeat, _):
            return [heartbeat]
        case Upload(_, heartbeats):
            return heartbeats
        case Mixed(lines):
            return [heartbeat for heartbeat, _, mistake in lines if mistake is None]
        case _:
            return []


def test_the_same_seed_and_moment_give_the_same_plan() -> None:
    assert schedule(3, 500, 10, NOW) == schedule(3, 500, 10, NOW)
    later = schedule(3, 500, 10, NOW + timedelta(days=1))
    assert later.viewers == schedule(3, 500, 10, NOW).viewers


def test_another_seed_gives_other_viewers() -> None:
    one, other = schedule(3, 500, 10, NOW), schedule(4, 500, 10, NOW)
    assert not {viewer.id for viewer in one.viewers} & {viewer.id for viewer in other.viewers}


@pytest.mark.parametrize(("events", "seconds"), [(1, 1), (900, 3), (20_000, 60)])
def test_as_many_reports_are_sent_as_were_asked_for(events: int, seconds: float) -> None:
    assert events <= schedule(7, events, seconds, NOW).events <= events + 120


def test_every_heartbeat_is_reported_once(plan: Schedule) -> None:
    reported = [beat for sending in plan.sendings for beat in valid(sending.delivery)]
    assert len(set(reported)) == len(reported) > 18_000
    assert {beat.user_id for beat in reported} == {viewer.id for viewer in plan.viewers}


def test_only_what_was_sent_is_sent_again(plan: Schedule) -> None:
    sent: set[Heartbeat] = set()
    for sending in plan.sendings:
        if isinstance(sending.delivery, Again):
            assert sending.delivery.heartbeat in sent
        sent.update(valid(sending.delivery))


def test_a_few_percent_are_late_repeated_out_of_order_or_wrong(plan: Schedule) -> None:
    shares: Counter[str] = Counter()
    for delivery in (sending.delivery for sending in plan.sendings):
        match delivery:
            case Upload():
                shares["late"] += delivery.events
            case Again():
                shares["again"] += 1
            case Live(_, _, True):
                shares["delayed"] += 1
            case Wrong():
                shares["wrong"] += 1
            case Mixed(lines):
                shares["wrong"] += sum(mistake is not None for *_, mistake in lines)
            case _:
                pass
    assert all(0.01 < count / plan.events < 0.15 for count in shares.values()), shares
    assert len(shares) == 4


def test_a_delayed_report_comes_after_a_later_one(plan: Schedule) -> None:
    newest: dict[object, datetime] = {}
    overtaken = 0
    for sending in plan.sendings:
        if isinstance(sending.delivery, Live):
            beat = sending.delivery.heartbeat
            place = (beat.user_id, beat.film_id)
            overtaken += beat.at < newest.get(place, beat.at)
            newest[place] = max(beat.at, newest.get(place, beat.at))
    assert overtaken > 100


def test_every_mistake_is_made(plan: Schedule) -> None:
    made = {s.delivery.mistake.name for s in plan.sendings if isinstance(s.delivery, Wrong)}
    assert made == {mistake.name for mistake in MISTAKES}


def test_no_viewer_sends_faster_than_the_api_allows(plan: Schedule) -> None:
    """50 a second, 200 at once, when the plan is sent evenly within its 60 seconds."""
    spent: dict[object, tuple[float, float]] = {}
    for n, sending in enumerate(plan.sendings):
        at = 60 * n / len(plan.sendings)
        level, since = spent.get(sending.viewer.id, (0.0, 0.0))
        level = max(0.0, level - 50 * (at - since)) + sending.delivery.events
        assert level <= 200
        spent[sending.viewer.id] = (level, at)
