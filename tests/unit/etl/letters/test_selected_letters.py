"""Which letters a selection takes."""

from datetime import timedelta

import pytest

from etl.letters.letter import Letter
from etl.letters.selection import Selection
from tests.unit.etl.letters.post import BURIED, in_topic, letter

SECOND = timedelta(seconds=1)


def test_nothing_given_takes_everything() -> None:
    assert Selection().takes(letter())
    assert Selection().takes(Letter.of(in_topic([])))


@pytest.mark.parametrize(
    ("selection", "taken"),
    [
        (Selection(reasons=frozenset({"not_json", "null_value"})), True),
        (Selection(reasons=frozenset({"null_value"})), False),
        (Selection(names=frozenset({"3-17"})), True),
        (Selection(names=frozenset({"3-18"})), False),
        (Selection(partition=3), True),
        (Selection(partition=0), False),
        (Selection(since=BURIED), True),
        (Selection(since=BURIED + SECOND), False),
        (Selection(until=BURIED + SECOND), True),
        (Selection(until=BURIED), False),
        (Selection(reasons=frozenset({"not_json"}), partition=0), False),
    ],
)
def test_a_letter_is_taken_when_all_that_is_given_holds(selection: Selection, taken: bool) -> None:
    assert selection.takes(letter("not_json", 3, 17)) is taken


@pytest.mark.parametrize(
    ("selection", "taken"),
    [
        (Selection(partition=0), False),
        (Selection(reasons=frozenset({"not_json"})), False),
        (Selection(names=frozenset({"@0-5"})), True),
    ],
)
def test_a_letter_without_origin_is_asked_for_by_its_place(
    selection: Selection, taken: bool
) -> None:
    assert selection.takes(Letter.of(in_topic([], offset=5))) is taken
