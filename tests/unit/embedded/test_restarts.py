from embedded.restarts import RestartPolicy, Restarts


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_wait_doubles_up_to_two_seconds() -> None:
    restarts = Restarts(RestartPolicy(deaths_allowed=100), Clock())
    delays = [restarts.died() for _ in range(7)]
    assert delays == [0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0]


def test_the_fifth_death_in_a_row_before_it_was_ready_is_the_last() -> None:
    restarts = Restarts(clock=Clock())
    assert all(restarts.died() is not None for _ in range(4))
    assert restarts.died() is None


def test_a_child_that_was_ready_has_five_deaths_again() -> None:
    restarts = Restarts(clock=Clock())
    for _ in range(4):
        restarts.died()
    restarts.became_ready()
    assert all(restarts.died() is not None for _ in range(5))
    assert restarts.died() is None


def test_one_that_gets_ready_each_time_is_never_given_up() -> None:
    restarts = Restarts(clock=Clock())
    for _ in range(50):
        restarts.became_ready()
        assert (restarts.died() or 9) <= 2.0


def test_a_short_life_does_not_shorten_the_wait_but_a_steady_one_does() -> None:
    clock = Clock()
    restarts = Restarts(clock=clock)
    restarts.died()
    restarts.became_ready()
    clock.now += 9.5
    assert restarts.died() == 0.2
    restarts.became_ready()
    clock.now += 10.0
    assert restarts.died() == 0.1
