"""What today's contract says of a letter, and how verdicts are counted."""

import pytest

from etl.letters.tally import Tally
from etl.letters.verdict import NEWER, READABLE, STORED, Verdict, verdict
from tests.unit.etl.letters.post import letter
from tests.unit.etl.records import event
from ugc_events import encode


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (encode(event()), READABLE),
        (None, Verdict(False, "still null_value")),
        (b"{", Verdict(False, "still not_json")),
        (b"[" * 100_000, Verdict(False, "still breaks_contract")),
        (encode(event()).replace(b'"v":1', b'"v":1,"x":0'), Verdict(False, "still unknown_field")),
        (encode(event()).replace(b'"v":1', b'"v":2'), NEWER),
    ],
)
def test_a_letter_is_judged_by_its_value_alone(value: bytes | None, said: Verdict) -> None:
    assert verdict(value) == said


def test_letters_are_counted_by_reason_and_verdict_the_most_first() -> None:
    tally, still = Tally(), Verdict(False, "still not_json")
    tally.count(letter("not_json"), still)
    for _ in range(4):
        tally.count(letter("unknown_field"), STORED)
    tally.count(letter("not_json"), NEWER)
    tally.count(letter("not_json"), still)
    assert tally.rows() == [
        ("unknown_field", "stored", 4),
        ("not_json", "still not_json", 2),
        ("not_json", "newer contract", 1),
    ]
    assert tally.unreadable == 3
