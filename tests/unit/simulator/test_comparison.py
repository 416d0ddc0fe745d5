"""Whatever in the tables is not as the ledger has it is found and named."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from simulator.balance import NAMED, balance, complaints
from simulator.comparison import differences
from simulator.comparison import identity_of as identity
from simulator.comparison import reported_of as reported
from simulator.ledger import FilmDay, Ledger
from simulator.records import EventRow, Records

EVENING = datetime(2026, 3, 13, 23, 59, 50, tzinfo=UTC)
ANN, BOB, FILM = UUID(int=1), UUID(int=2), UUID(int=3)
FIRST, SECOND = date(2026, 3, 13), date(2026, 3, 14)


def event(user: UUID, number: int, progress: float, seconds: float) -> EventRow:
    moment = EVENING + timedelta(seconds=seconds)
    return EventRow(user, FILM, UUID(int=number), progress, 100.0, moment)


# Ann goes on after midnight, back a little; Bob sees the end.
ANN_BEGINS, ANN_GOES_ON, ANN_GOES_BACK = (
    event(ANN, 11, 10.0, 0),
    event(ANN, 12, 30.125, 20),
    event(ANN, 13, 20.0, 40),
)
BOB_ENDS = event(BOB, 14, 100.0, 5)
ROWS = [ANN_BEGINS, ANN_GOES_ON, ANN_GOES_BACK, BOB_ENDS]


def ledger(rows: Sequence[EventRow] = ROWS) -> Ledger:
    return Ledger(accepted={identity(row): reported(row) for row in rows})


RIGHT = Records(
    views=ROWS,
    latest=[ANN_GOES_BACK, BOB_ENDS],
    longest=[ANN_GOES_ON, BOB_ENDS],
    viewer_days={
        (FILM, FIRST, ANN): (10.0, 100.0),
        (FILM, SECOND, ANN): (30.125, 100.0),
        (FILM, FIRST, BOB): (100.0, 100.0),
    },
    film_days={
        (FILM, FIRST): FilmDay(2, 1, 110_000),
        (FILM, SECOND): FilmDay(1, 0, 30_125),
    },
)


def found(records: Records, of: Ledger | None = None) -> list[tuple[str, str]]:
    return [(one.table, one.kind) for one in differences(of or ledger(), records)]


def test_nothing_differs_when_all_is_as_it_was_accepted() -> None:
    assert differences(ledger(), RIGHT) == []


@pytest.mark.parametrize(
    ("records", "difference"),
    [
        (replace(RIGHT, views=ROWS[1:]), ("views", "missing")),
        (replace(RIGHT, views=[*ROWS, ROWS[0]]), ("views", "twice")),
        (replace(RIGHT, views=[*ROWS, event(ANN, 15, 1, 1)]), ("views", "beyond the ledger")),
        (
            replace(RIGHT, views=[ROWS[0]._replace(progress=10.001), *ROWS[1:]]),
            ("views", "different"),
        ),
        (
            replace(RIGHT, views=[ROWS[0]._replace(total=101.0), *ROWS[1:]]),
            ("views", "different"),
        ),
        (
            replace(
                RIGHT,
                views=[ROWS[0]._replace(event_time=EVENING + timedelta(milliseconds=1)), *ROWS[1:]],
            ),
            ("views", "different"),
        ),
        (replace(RIGHT, latest=[BOB_ENDS]), ("latest_view", "missing")),
        (replace(RIGHT, latest=[ANN_GOES_ON, BOB_ENDS]), ("latest_view", "different")),
        (
            replace(RIGHT, latest=[ANN_GOES_BACK._replace(progress=21.0), BOB_ENDS]),
            ("latest_view", "different"),
        ),
        (replace(RIGHT, latest=[ANN_GOES_BACK, BOB_ENDS, BOB_ENDS]), ("latest_view", "twice")),
        (replace(RIGHT, longest=[ANN_GOES_BACK, BOB_ENDS]), ("longest_view", "different")),
        (
            replace(RIGHT, longest=[*RIGHT.longest, event(UUID(int=9), 1, 1, 1)]),
            ("longest_view", "beyond the ledger"),
        ),
        (
            replace(RIGHT, viewer_days={**RIGHT.viewer_days, (FILM, FIRST, ANN): (11.0, 100.0)}),
            ("viewer_days", "different"),
        ),
        (
            replace(RIGHT, film_days={(FILM, FIRST): RIGHT.film_days[FILM, FIRST]}),
            ("film_daily", "missing"),
        ),
        (
            replace(RIGHT, film_days={**RIGHT.film_days, (FILM, FIRST): FilmDay(2, 2, 110_000)}),
            ("film_daily", "different"),
        ),
    ],
)
def test_what_differs_is_named(records: Records, difference: tuple[str, str]) -> None:
    assert found(records) == [difference]


def test_a_difference_names_the_event_and_both_its_contents() -> None:
    wrong = replace(RIGHT, views=[ROWS[0]._replace(progress=10.001), *ROWS[1:]])
    (difference,) = differences(ledger(), wrong)
    text = str(difference)
    assert all(str(part) in text for part in (ANN, FILM, UUID(int=11), "10.001", "10.0 "))


def test_of_events_that_tie_either_may_stand_but_as_it_was_reported() -> None:
    twin = BOB_ENDS._replace(event_id=UUID(int=15))
    accepted = ledger([*ROWS, twin])
    for standing in (BOB_ENDS, twin):
        tied = replace(
            RIGHT,
            views=[*ROWS, twin],
            latest=[ANN_GOES_BACK, standing],
            longest=[ANN_GOES_ON, standing],
        )
        assert found(tied, accepted) == []
        wrong = replace(tied, longest=[ANN_GOES_ON, standing._replace(progress=99.0)])
        assert found(wrong, accepted) == [("longest_view", "different")]


def test_what_was_never_answered_may_be_stored_or_not() -> None:
    unanswered = ledger([ANN_BEGINS, ANN_GOES_ON, ANN_GOES_BACK])
    unanswered.lose_sight_of(identity(BOB_ENDS), reported(BOB_ENDS))
    assert found(RIGHT, unanswered) == []
    without = Records(
        views=ROWS[:3],
        latest=[ANN_GOES_BACK],
        longest=[ANN_GOES_ON],
        viewer_days={key: day for key, day in RIGHT.viewer_days.items() if key[2] == ANN},
        film_days={
            (FILM, FIRST): FilmDay(1, 0, 10_000),
            (FILM, SECOND): FilmDay(1, 0, 30_125),
        },
    )
    assert found(without, unanswered) == []
    half = replace(without, views=ROWS)
    assert ("latest_view", "missing") in found(half, unanswered)


def test_a_film_is_completed_at_nine_tenths() -> None:
    for progress, completions in ((89.999, 0), (90.0, 1)):
        row = event(ANN, 11, progress, 0)
        records = Records(
            [row],
            [row],
            [row],
            {(FILM, FIRST, ANN): (progress, 100.0)},
            {(FILM, FIRST): FilmDay(1, completions, round(progress * 1000))},
        )
        assert found(records, ledger([row])) == []


def test_the_balance_counts_what_differs_and_what_was_refused() -> None:
    of = ledger()
    of.refuse("unknown_field", "unknown_field")
    records = replace(RIGHT, views=[*ROWS[1:], ROWS[1]])
    lines = balance(of, len(records.views), differences(of, records))
    words = [" ".join(line.split()) for line in lines]
    assert "events accepted 4 missing 1" in words
    assert any(line.endswith("twice 1") for line in words)
    assert any(line.startswith("unknown_field 1") for line in words)


def test_complaints_are_all_that_is_wrong_but_not_endless() -> None:
    of = ledger()
    assert complaints(of, []) == []
    of.refuse("unauthorized", None)
    of.lose_sight_of((BOB, FILM, UUID(int=99)), reported(BOB_ENDS))
    assert complaints(of, []) == [
        "wrong answer: refused as unauthorized, expected: accepted (1)",
        f"never answered: {BOB} {FILM} {UUID(int=99)}",
    ]
    many = [event(ANN, 100 + n, 1.0, n) for n in range(NAMED + 5)]
    lines = complaints(ledger(many), differences(ledger(many), replace(RIGHT, views=[])))
    assert len(lines) == NAMED + 1
    assert lines[-1].startswith("and ")
