"""Deliveries to be audited, rows as ClickHouse would give them, and letters."""

from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from math import inf

from aiokafka import ConsumerRecord

from etl.audit.burials import Burials
from etl.audit.claim import Claim
from etl.audit.entry import Entry
from etl.audit.finding import Row
from etl.audit.rows import Rows
from etl.history import History, Span
from etl.letters.letter import Source
from tests.unit.etl.records import event, record
from ugc_events import encode

APPENDED = 1_000


def entry(offset: int = 0, number: int = 1, progress: float = 12.345, later_s: float = 0) -> Entry:
    """A delivery of event `number`, received `later_s` seconds after the first."""
    value = encode(event(number, later_s))
    value = value.replace(b'"progress":12.345', f'"progress":{progress:.3f}'.encode())
    return Entry.of(replace(record(offset, value), timestamp=APPENDED))


def unreadable(offset: int = 0, value: bytes | None = b"poison") -> Entry:
    return Entry.of(replace(record(offset, value), timestamp=APPENDED))


def rows_of(*deliveries: Entry) -> dict[bytes, Row]:
    """What ClickHouse keeps of these: the earliest of each identity."""
    rows: dict[bytes, Row] = {}
    for one in sorted(deliveries, key=lambda one: one.claim.received_at if one.claim else inf):
        if one.claim is not None:
            rows.setdefault(one.claim.identity, Row(one.claim.content, one.claim.received_at))
    return rows


def letters_of(*buried: Entry, purged_until: float = -inf) -> Burials:
    sources = {Source(one.record.topic, one.record.partition, one.record.offset) for one in buried}
    return Burials(sources, purged_until)


class ScriptedRows(Rows):
    """Answers one after the other: rows, or an error to raise; the last one for ever."""

    def __init__(self, *answers: Mapping[bytes, Row] | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[list[bytes]] = []

    async def standing(self, claims: Collection[Claim]) -> Mapping[bytes, Row]:
        identities = [claim.identity for claim in claims]
        self.asked.append(identities)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return {one: answer[one] for one in identities if one in answer}


class ScriptedHistory(History):
    """Hands out these entries' records, whatever is asked for, so many at a time."""

    def __init__(self, entries: Sequence[Entry], at_a_time: int = 1000) -> None:
        self.entries = entries
        self.at_a_time = at_a_time

    async def read(
        self, spans: Iterable[Span], at_most: int = 10_000
    ) -> AsyncIterator[Sequence[ConsumerRecord]]:
        for at in range(0, len(self.entries), self.at_a_time):
            yield [one.record for one in self.entries[at : at + self.at_a_time]]
