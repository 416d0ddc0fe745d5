"""What an operator sees of a letter, and what a script does."""

import json

from etl.letters import text
from etl.letters.letter import Letter
from etl.letters.tally import Tally
from etl.letters.verdict import READABLE, STORED, Verdict
from tests.unit.etl.letters.post import headers_of, in_topic, letter

STILL = Verdict(False, "still not_json")


def page(one: Letter, full: bool = False) -> list[str]:
    return list(text.page(one, STILL, "views.dead-letters", full))


def test_a_line_tells_everything_but_what_is_in_the_letter() -> None:
    own = [("request_id", b"secret")]
    line = text.line(Letter.of(in_topic(headers_of(own=own), b"personal")), STILL)
    assert line.split() == [
        "2026-11-23T18:30:05.250Z", "not_json", "3-17", "8", "still", "not_json",
    ]  # fmt: skip
    listed = text.json_line(letter(value=b"personal"), STILL)
    assert "personal" not in listed
    assert json.loads(listed) == {
        "buried_at": "2026-11-23T18:30:05.250Z",
        "reason": "not_json",
        "source": "3-17",
        "source_topic": "views",
        "source_partition": 3,
        "source_offset": 17,
        "letter": "0-0",
        "bytes": 8,
        "readable": False,
        "today": "still not_json",
    }


def test_columns_stand_below_their_titles() -> None:
    line = text.line(letter(), STILL)
    for title, cell in (("reason", "not_json"), ("source", "3-17"), ("today", "still")):
        assert text.TITLES.index(title) == line.index(cell, 26)


def test_a_letter_without_origin_and_value_is_shown_as_such() -> None:
    one = Letter.of(in_topic([("reason", b"x")], None, offset=5))
    assert text.line(one, READABLE).split()[1:4] == ["-", "@0-5", "null"]
    assert page(one) == [
        "source   unknown",
        "letter   0-5 of views.dead-letters, buried at 2026-11-23T18:30:05.250Z",
        "reason   unknown; today: still not_json",
        "key      key",
        "header   reason: x",
        "value    null",
    ]
    facts = json.loads(text.json_page(one, READABLE))
    assert (facts["reason"], facts["source_offset"], facts["bytes"]) == (None, None, None)
    assert facts["value"] is None


def test_a_page_shows_key_headers_and_value() -> None:
    own = [("request_id", b"abc"), ("broken", b"\xff"), ("empty", None)]
    shown = page(Letter.of(in_topic(headers_of(own=own), '{"é":1}'.encode())))
    assert shown[0] == "source   3-17 of views"
    assert shown[3:] == [
        "key      key",
        "header   request_id: abc",
        r"header   broken: \xff",
        "header   empty: null",
        "value    8 bytes",
        '{"é":1}',
    ]


def test_no_byte_of_a_record_reaches_the_terminal_as_a_control() -> None:
    hostile = bytes(range(256)) + "\x9b\u202e\u2028\U000e0001".encode()
    own = [("\x1b]0;owned\x07", hostile)]
    for line in page(Letter.of(in_topic(headers_of(own=own), hostile)), full=True):
        assert line.isprintable()
    assert page(letter(value=b"\x1b[2J\r\n"))[-1] == r"\x1b[2J\r\n"


def test_a_long_value_is_cut_unless_all_is_asked_for() -> None:
    long = letter(value=b"a" * text.SHORT + b"b" * 100_000)
    assert page(long)[-1] == "a" * text.SHORT + "... and 100 000 bytes more (--full)"
    assert page(long, full=True)[-1] == "a" * text.SHORT + "b" * 100_000
    assert page(letter(value=b"a" * text.SHORT))[-1] == "a" * text.SHORT


def test_scripts_get_every_byte() -> None:
    own = [("twice", b"1"), ("twice", b"2"), ("none", None)]
    one = Letter.of(in_topic(headers_of(own=own), b"\xff\x00"))
    facts = json.loads(text.json_page(one, STILL))
    assert facts["key"] == {"text": "key"}
    assert facts["value"] == {"base64": "/wA="}
    assert facts["headers"] == [
        {"name": "twice", "value": {"text": "1"}},
        {"name": "twice", "value": {"text": "2"}},
        {"name": "none", "value": None},
    ]


def test_totals_are_by_reason_and_verdict() -> None:
    tally = Tally()
    tally.count(letter("unknown_field"), STORED)
    assert [row.split() for row in text.totals(tally)] == [
        ["reason", "today", "letters"],
        ["unknown_field", "stored", "1"],
    ]
