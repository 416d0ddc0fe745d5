"""The comparison: what became of each record, by rows and letters alone."""

from collections import defaultdict
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from etl.audit.burials import Burials
from etl.audit.entry import Entry
from etl.audit.finding import Finding, Row, judge
from etl.letters.letter import Source
from tests.unit.etl.audit.scripted import APPENDED, entry, letters_of, rows_of, unreadable


def found(entries: list[Entry], rows: dict[bytes, Row], burials: Burials) -> list[str]:
    return [finding.value for finding in judge(entries, rows, burials)]


NO_LETTERS = Burials()


def test_an_event_with_its_row_is_stored() -> None:
    assert found([entry()], rows_of(entry()), NO_LETTERS) == ["stored"]


def test_an_event_without_row_and_letter_is_missing() -> None:
    assert found([entry(number=1)], rows_of(entry(number=2)), NO_LETTERS) == ["missing"]


def test_the_same_event_delivered_later_is_a_repetition_in_whatever_order() -> None:
    first, later = entry(0), entry(1, later_s=3)
    assert found([first, later], rows_of(first), NO_LETTERS) == ["stored", "repeated"]
    assert found([later, first], rows_of(first), NO_LETTERS) == ["repeated", "stored"]


def test_of_two_equal_to_the_byte_one_is_a_repetition() -> None:
    assert found([entry(0), entry(1)], rows_of(entry()), NO_LETTERS) == ["stored", "repeated"]


def test_other_content_under_a_standing_identity_is_a_conflict() -> None:
    first, other = entry(0), entry(1, progress=99.0, later_s=3)
    assert found([first, other], rows_of(first), NO_LETTERS) == ["stored", "conflict"]


def test_other_content_at_the_same_moment_is_a_conflict_too() -> None:
    first, other = entry(0), entry(1, progress=99.0)
    assert found([first, other], rows_of(first), NO_LETTERS) == ["stored", "conflict"]


def test_a_first_delivery_that_does_not_stand_is_missing_even_if_another_content_stands() -> None:
    first, other = entry(0), entry(1, progress=99.0, later_s=3)
    assert found([first, other], rows_of(other), NO_LETTERS) == ["missing", "stored"]


def test_an_unreadable_record_is_where_its_letter_is() -> None:
    one, other = unreadable(0), unreadable(1, None)
    assert found([one, other], {}, letters_of(one)) == ["dead-lettered", "missing"]


def test_a_letter_of_the_same_place_in_another_topic_is_not_its_letter() -> None:
    assert found([unreadable(0)], {}, Burials({Source("other", 0, 0)})) == ["missing"]


def test_what_the_contract_alone_refuses_may_be_stored_or_dead_lettered() -> None:
    refused = entry(progress=6000.0)  # beyond total
    assert found([refused], {}, letters_of(refused)) == ["dead-lettered"]
    assert found([refused], rows_of(refused), NO_LETTERS) == ["stored"]
    assert found([refused], {}, NO_LETTERS) == ["missing"]


def test_letters_that_were_purged_explain_what_is_as_old_and_would_have_had_one() -> None:
    records = [unreadable(), entry(progress=6000.0), entry()]
    assert found(records, {}, letters_of(purged_until=APPENDED)) == ["purged", "purged", "missing"]
    assert found(records, {}, letters_of(purged_until=APPENDED - 1)) == ["missing"] * 3


DELIVERIES = st.builds(
    entry,
    number=st.integers(1, 3),
    progress=st.sampled_from([12.345, 99.0]),
    later_s=st.integers(0, 3),
)


@given(st.data())
def test_every_record_gets_one_finding_and_it_is_the_right_one(data: st.DataObject) -> None:
    """Records are passed, and some are lost on the way: a row, or a letter."""
    drawn = data.draw(st.lists(DELIVERIES | st.builds(unreadable), max_size=12))
    entries = [
        Entry(replace(one.record, offset=offset), one.claim) for offset, one in enumerate(drawn)
    ]
    inserted = [one for one in entries if one.claim and data.draw(st.booleans())]
    buried = [one for one in entries if not one.claim and data.draw(st.booleans())]
    rows = rows_of(*inserted)
    findings = judge(entries, rows, letters_of(*buried))

    assert len(findings) == len(entries)
    standing: defaultdict[bytes, int] = defaultdict(int)
    for one, finding in zip(entries, findings, strict=True):
        assert isinstance(finding, Finding)
        if one.claim is None:
            expected = Finding.DEAD_LETTERED if one in buried else Finding.MISSING
            assert finding is expected
            continue
        row = rows.get(one.claim.identity)
        same = row is not None and row.content == one.claim.content
        assert (finding in (Finding.STORED, Finding.REPEATED)) == same
        standing[one.claim.identity] += finding is Finding.STORED
        if one in inserted:
            assert finding is not Finding.MISSING
        if row is None:
            assert finding is Finding.MISSING
    assert all(times <= 1 for times in standing.values())
    for one in inserted:
        assert one.claim is not None
        kept = rows[one.claim.identity]
        if any(e.claim and (e.claim.content, e.claim.received_at) == kept for e in entries):
            assert standing[one.claim.identity] == 1
