"""What became of each record: the comparison itself, without reading anything."""

from collections.abc import Collection, Mapping, Sequence
from enum import Enum
from typing import NamedTuple

from etl.audit.burials import Burials
from etl.audit.claim import Claim
from etl.audit.entry import Entry
from ugc_events import NewerContract, UnreadableEvent, decode


class Finding(Enum):
    STORED = "stored"
    REPEATED = "repeated"
    """The same event delivered again: it is stored as another delivery of it."""
    DEAD_LETTERED = "dead-lettered"
    PURGED = "purged"
    """Unreadable, and as old as letters that were purged: its own was most likely among them."""
    MISSING = "missing"
    CONFLICT = "conflict"
    """Another content stands under its identity, and came earlier: a client's breach."""


class Row(NamedTuple):
    """A standing row, in the bytes of a Claim."""

    content: bytes
    received_at: int


def judge(
    entries: Sequence[Entry], rows: Mapping[bytes, Row], burials: Burials
) -> Sequence[Finding]:
    """One finding for each entry. `rows` are those that stand under the entries' identities."""
    standing: set[bytes] = set()
    return [
        _unreadable(entry, burials)
        if entry.claim is None
        else _readable(entry, entry.claim, rows.get(entry.claim.identity), burials, standing)
        for entry in entries
    ]


def _unreadable(entry: Entry, burials: Burials) -> Finding:
    if burials.holds(entry):
        return Finding.DEAD_LETTERED
    return Finding.PURGED if burials.may_have_held(entry) else Finding.MISSING


def _readable(
    entry: Entry, claim: Claim, row: Row | None, burials: Burials, standing: set[bytes]
) -> Finding:
    if row is not None and row.content == claim.content:
        # Of several deliveries the earliest stands. Two may be the same to the byte.
        if row.received_at == claim.received_at and claim.identity not in standing:
            standing.add(claim.identity)
            return Finding.STORED
        return Finding.REPEATED
    if burials.holds(entry):
        return Finding.DEAD_LETTERED
    if row is not None and row.received_at <= claim.received_at:
        return Finding.CONFLICT
    # Not there, or only a later delivery with another content: its own row would stand.
    if burials.may_have_held(entry) and _is_refused(entry):
        return Finding.PURGED
    return Finding.MISSING


def _is_refused(entry: Entry) -> bool:
    """Whether the contract finds fault with what could be read here."""
    try:
        decode(entry.record.value)
    except UnreadableEvent:
        return True
    except NewerContract:
        return False
    return False


DIFFERENCES: Collection[Finding] = (Finding.MISSING, Finding.CONFLICT)
