"""A cursor is read back as it was written, and nothing else is a cursor."""

import base64
from contextlib import suppress
from datetime import UTC, datetime
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as some

from ugc_api.problems import Problem
from ugc_api.reads.cursors import Cursor
from ugc_api.reads.models import WatchedPage

FILM = UUID(int=7)


def text(*fields: object) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(fields)).rstrip(b"=").decode()


@given(
    until=some.integers(0, 4_102_444_799_999),
    version=some.integers(0, 2**128 - 1),
    film_id=some.uuids(),
)
def test_what_was_written_is_read(until: int, version: int, film_id: UUID) -> None:
    cursor = Cursor(until, str(version), film_id)
    assert Cursor.read(str(cursor)) == cursor


@given(some.text() | some.binary().map(lambda some: base64.urlsafe_b64encode(some).decode()))
def test_any_text_is_a_cursor_or_refused(given: str) -> None:
    with suppress(Problem):
        assert str(Cursor.read(given)) == given


@pytest.mark.parametrize(
    "bad",
    [
        "",
        text(1, "5", FILM, 1) + "=",
        text(1, "5", FILM, 1) + "\n",
        text(1, "5", FILM, 2),
        text(1, "5", FILM, 1, 1),
        text(1, "5", FILM),
        text(-1, "5", FILM, 1),
        text(4_102_444_800_000, "5", FILM, 1),
        text(1, "05", FILM, 1),
        text(1, str(2**128), FILM, 1),
        text(1, "5) OR (1", FILM, 1),
        text(1, 5, FILM, 1),
        text(1, "5", "no film", 1),
        "A" * 100_000,
        "курсор",
    ],
)
def test_what_is_no_cursor_of_ours_is_refused(bad: str) -> None:
    assert Cursor.read(text(1, "5", FILM, 1)) == Cursor(1, "5", FILM)
    with pytest.raises(Problem) as refusal:
        Cursor.read(bad)
    assert (refusal.value.status, refusal.value.code) == (422, "cursor_invalid")


def test_a_walk_stays_at_its_moment() -> None:
    moment = datetime(2026, 11, 23, 10, 0, 0, 123_000, tzinfo=UTC)
    start = Cursor.start(moment)
    assert start.moment == start.after("5", FILM).moment == moment
    assert int(start.version) == 2**128 - 1


def test_the_documented_one_is_one() -> None:
    (example,) = WatchedPage.model_json_schema()["properties"]["next_cursor"]["examples"]
    assert Cursor.read(example).version != "0"
