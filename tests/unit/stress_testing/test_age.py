"""How old what is stored is, while events come, wait and are refused."""

from age import SOON_S, Age


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def seen() -> tuple[Clock, Age]:
    """One event was shown 0.4 s after its 202."""
    clock = Clock()
    age = Age(clock)
    age.sent()
    age.accepted()
    clock.now += 0.4
    age.shown()
    return clock, age


def test_before_the_first_event_nobody_can_tell() -> None:
    assert Age().seconds is None


def test_it_is_the_last_events_until_the_next_has_waited_longer() -> None:
    clock, age = seen()
    assert round(age.seconds or 0, 3) == 0.4
    clock.now += 3  # nothing is sent meanwhile
    age.sent()
    age.accepted()
    clock.now += 0.2
    assert round(age.seconds or 0, 3) == 0.4
    clock.now += 0.7
    assert round(age.seconds or 0, 3) == 0.9
    age.shown()
    assert round(age.seconds or 0, 3) == 0.9


def test_while_no_event_is_accepted_nobody_can_tell() -> None:
    clock, age = seen()
    age.sent()
    clock.now += SOON_S / 2
    assert age.seconds is not None
    for _ in range(9):  # refused, and sent again
        clock.now += SOON_S / 5
        age.sent()
    assert age.seconds is None
    age.accepted()
    clock.now += 0.1
    assert round(age.seconds or 0, 3) == 0.4
