"""What a person reads: progress where it can move and where it cannot, and the findings."""

import io
from uuid import UUID

from simulator.catalogue import CATALOGUE
from simulator.findings import Finding, shown
from telemetry.screen import Screen

TOY_STORY = CATALOGUE[0].id


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_on_a_terminal_the_bar_stays_in_its_line() -> None:
    stream = Terminal()
    screen = Screen(stream)
    screen.progress(0.5, "half")
    screen.progress(1.0, "all")
    screen.say("done")
    assert stream.getvalue().count("\n") == 2  # after the bar, after the words
    assert "[############............] half" in stream.getvalue()


def test_elsewhere_a_line_comes_now_and_then_and_at_the_end() -> None:
    stream = io.StringIO()
    screen = Screen(stream)
    for n in range(11):
        screen.progress(n / 10, f"{n}")
    assert stream.getvalue().splitlines() == ["  0% 0", "100% 10"]


def test_a_film_is_a_line_with_where_its_viewers_stopped() -> None:
    found = Finding(TOY_STORY, 10, 12.25, 6, (0, 0, 0, 1, 0, 3, 0, 0, 0, 6))
    (_, line) = shown([found])
    assert " ".join(line.split()) == "Toy Story 10 12.2 60% |···▂·▄···█| 0:40-0:48 (3)"


def test_where_nobody_left_nothing_is_said_about_it() -> None:
    found = Finding(TOY_STORY, 2, 2.7, 2, (0, 0, 0, 0, 0, 0, 0, 0, 0, 2))
    (_, line) = shown([found])
    assert line.endswith("|·········█|")


def test_films_are_always_the_same() -> None:
    assert UUID("3c68336e-a15c-5e01-ab14-04b3c624cdb6") == TOY_STORY
    assert len({film.id for film in CATALOGUE}) == len(CATALOGUE)
