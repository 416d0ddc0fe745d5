"""What is not found at first sight is looked for again, and letters only if there is a doubt."""

import pytest

from etl.audit.audit import Audit
from etl.audit.burials import Burials
from etl.audit.entry import Entry
from tests.unit.etl.audit.scripted import (
    ScriptedRows,
    entry,
    letters_of,
    rows_of,
    unreadable,
)
from tests.unit.etl.records import dead


class Letters:
    """Burials, and how often they were read."""

    def __init__(self, burials: Burials) -> None:
        self._burials = burials
        self.read = 0

    async def __call__(self) -> Burials:
        self.read += 1
        return self._burials


def audit(rows: ScriptedRows, letters: Letters) -> Audit:
    return Audit(rows, letters, look_again_after_s=0.001)


async def found(rows: ScriptedRows, letters: Letters, *entries: Entry) -> list[str]:
    return [one.value for one in await audit(rows, letters).findings(entries)]


async def test_letters_are_not_read_while_all_is_stored() -> None:
    letters = Letters(Burials())
    one, again = entry(0), entry(1, later_s=1)
    assert await found(ScriptedRows(rows_of(one)), letters, one, again) == ["stored", "repeated"]
    assert letters.read == 0


async def test_letters_are_read_once() -> None:
    poison = [unreadable(0), unreadable(1)]
    letters = Letters(letters_of(*poison))
    auditing = audit(ScriptedRows({}), letters)
    for one in poison:
        assert [finding.value for finding in await auditing.findings([one])] == ["dead-lettered"]
    assert letters.read == 1


async def test_a_row_that_a_replica_gets_late_is_not_missing() -> None:
    one, late = entry(0, number=1), entry(1, number=2)
    rows = ScriptedRows(rows_of(one), rows_of(one, late))
    assert await found(rows, Letters(Burials()), one, late) == ["stored", "stored"]
    assert late.claim
    assert rows.asked[1:] == [[late.claim.identity]]


async def test_what_is_missing_twice_is_missing() -> None:
    rows = ScriptedRows({})
    assert await found(rows, Letters(Burials()), entry()) == ["missing"]
    assert len(rows.asked) == 2


@pytest.mark.parametrize("burials", [Burials(), letters_of(unreadable(7))])
async def test_a_letter_written_since_counts(burials: Burials) -> None:
    poison = unreadable(0)
    auditing = audit(ScriptedRows({}), Letters(burials))
    assert [one.value for one in await auditing.findings([poison])] == ["missing"]
    auditing.buried([dead(poison.record)])
    assert [one.value for one in await auditing.findings([poison])] == ["dead-lettered"]
