"""A walk over the topic: chunks, repairs, and patience that ends."""

from collections.abc import Iterable, Sequence

import httpx
import pytest
from aiokafka import ConsumerRecord

from etl.audit.audit import Audit
from etl.audit.burials import Burials
from etl.audit.chunks import ChunkPolicy
from etl.audit.entry import Entry
from etl.audit.inspection import Inspection, Judged
from etl.audit.passed import Passed
from etl.audit.repair import Repair
from etl.audit.tally import SHOWN, TITLES, Tally
from etl.dead_letters import DeadLetter
from etl.exits import WarehouseAway, WarehouseRefusal
from etl.history import Span
from etl.metrics import Metrics
from etl.persistence import Pauses, Persistence
from tests.unit.etl.audit.scripted import (
    ScriptedHistory,
    ScriptedRows,
    entry,
    rows_of,
    unreadable,
)
from tests.unit.etl.records import P0, dead

SPANS = [Span(P0, 0, 100)]


class ScriptedRepair(Repair):
    """Puts back what it is given, into `rows`."""

    def __init__(self, rows: ScriptedRows) -> None:
        self.rows = rows
        self.put: list[int] = []

    async def put_back(self, records: Iterable[ConsumerRecord]) -> Sequence[DeadLetter]:
        entries = [Entry.of(record) for record in records]
        self.put += [one.record.offset for one in entries]
        self.rows.answers = [rows_of(*entries)]
        return [dead(one.record) for one in entries if one.claim is None]


async def no_letters() -> Burials:
    return Burials()


def inspection(
    rows: ScriptedRows, repair: Repair | None = None, policy: ChunkPolicy | None = None
) -> Inspection:
    persistence = Persistence(Metrics(), Pauses(0.001, 0.002))
    audit = Audit(rows, no_letters, look_again_after_s=0.001)
    return Inspection(audit, repair, persistence, policy, give_up_after_s=0.2)


async def walked(inspected: Inspection, *entries: Entry) -> list[Judged]:
    past = ScriptedHistory(entries)
    return [one async for judged in inspected.walk(past, SPANS) for one in judged]


def told(judged: Sequence[Judged]) -> list[tuple[int, str, bool]]:
    return [(one.entry.record.offset, one.finding.value, one.put_back) for one in judged]


async def test_chunks_are_bounded_by_records_and_by_bytes_and_lose_none() -> None:
    entries = [entry(n, number=n) for n in range(10)]
    for policy in (ChunkPolicy(4, 1 << 20), ChunkPolicy(100, 3 * entries[0].size)):
        rows = ScriptedRows(rows_of(*entries))
        past = ScriptedHistory(entries, at_a_time=2)
        sizes = [len(j) async for j in inspection(rows, policy=policy).walk(past, SPANS)]
        assert sizes == [4, 4, 2]


async def test_without_a_repair_nothing_is_put_back() -> None:
    assert told(await walked(inspection(ScriptedRows({})), entry(3))) == [(3, "missing", False)]


async def test_exactly_what_is_missing_is_put_back_and_looked_for_once_more() -> None:
    there, lost, poison = entry(0, number=1), entry(1, number=2), unreadable(2)
    rows = ScriptedRows(rows_of(there))
    repair = ScriptedRepair(rows)
    judged = await walked(inspection(rows, repair), there, lost, poison)
    assert repair.put == [1, 2]
    assert told(judged) == [(0, "stored", False), (1, "missing", True), (2, "missing", True)]


async def test_of_two_contents_that_were_lost_the_later_turns_out_to_be_a_conflict() -> None:
    first, other = entry(0), entry(1, progress=99.0, later_s=1)
    rows = ScriptedRows({})
    judged = await walked(inspection(rows, ScriptedRepair(rows)), first, other)
    assert told(judged) == [(0, "missing", True), (1, "conflict", False)]


async def test_what_could_not_be_put_back_is_still_missing() -> None:
    class Idle(ScriptedRepair):
        async def put_back(self, records: Iterable[ConsumerRecord]) -> Sequence[DeadLetter]:
            return []

    rows = ScriptedRows({})
    assert told(await walked(inspection(rows, Idle(rows)), entry(0))) == [(0, "missing", False)]


async def test_a_transient_error_is_waited_out() -> None:
    rows = ScriptedRows(WarehouseAway(241, ""), httpx.ConnectError(""), rows_of(entry()))
    assert told(await walked(inspection(rows), entry())) == [(0, "stored", False)]


async def test_but_not_for_ever() -> None:
    with pytest.raises(WarehouseAway, match="no end within"):
        await walked(inspection(ScriptedRows(WarehouseAway(241, ""))), entry())


async def test_any_other_error_is_raised() -> None:
    with pytest.raises(WarehouseRefusal):
        await walked(inspection(ScriptedRows(WarehouseRefusal(497, "no SELECT"))), entry())


async def test_the_tally_counts_every_record_once_and_shows_the_first_differences() -> None:
    part = Passed(SPANS, {0: 7}, {})
    tally = Tally(part)
    tally.take(await walked(inspection(ScriptedRows({})), *(entry(n, n) for n in range(30))))
    tally.take(await walked(inspection(ScriptedRows(rows_of(entry()))), entry(), entry(later_s=1)))
    (row,) = tally.rows()
    assert dict(zip(TITLES, row, strict=True)) == {
        "partition": 0,
        "records": 32,
        "stored": 1,
        "repeated": 1,
        "dead-lettered": 0,
        "purged": 0,
        "missing": 30,
        "conflict": 0,
        "not yet passed": 7,
    }
    assert (tally.still_missing, len(tally.first)) == (30, SHOWN)
