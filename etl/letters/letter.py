"""A letter as it lies in the dead-letter topic, whoever wrote it.

Reading never fails: what the worker did not write has no origin, and says so.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from aiokafka import ConsumerRecord

Header = tuple[str, bytes | None]

_OURS = ("reason", "source_topic", "source_partition", "source_offset")
_NUMBER = re.compile(rb"[0-9]{1,19}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_MS = 253_402_300_799_999
"""The end of the year 9999: a writer may give a time that no datetime holds."""


class Source(NamedTuple):
    """Where the record stood that nobody could read."""

    topic: str
    partition: int
    offset: int


@dataclass(frozen=True)
class Origin:
    reason: str
    source: Source


@dataclass(frozen=True)
class Letter:
    place: str
    """`<partition>-<offset>` in the dead-letter topic."""
    buried_at: datetime
    key: bytes | None
    value: bytes | None
    headers: tuple[Header, ...]
    """The record's own, or all when there is no origin."""
    origin: Origin | None

    @classmethod
    def of(cls, record: ConsumerRecord) -> "Letter":
        headers: tuple[Header, ...] = tuple(record.headers)
        # Ours were added last: a record may have had headers of the same names.
        origin = _origin(headers[-len(_OURS) :])
        return cls(
            f"{record.partition}-{record.offset}",
            _EPOCH + timedelta(milliseconds=min(max(record.timestamp, 0), _LAST_MS)),
            record.key,
            record.value,
            headers[: -len(_OURS)] if origin else headers,
            origin,
        )

    @property
    def name(self) -> str:
        """`<partition>-<offset>` of the source, as in the worker's log and in a receipt; the place
        after an `@` when the source is not known."""
        if self.origin is None:
            return f"@{self.place}"
        return f"{self.origin.source.partition}-{self.origin.source.offset}"

    @property
    def reason(self) -> str | None:
        return self.origin.reason if self.origin else None

    @property
    def size(self) -> int:
        """Bytes of the value."""
        return len(self.value or b"")


def _origin(headers: Sequence[Header]) -> Origin | None:
    if tuple(name for name, _ in headers) != _OURS:
        return None
    reason, topic, partition, offset = (value or b"" for _, value in headers)
    if not (_NUMBER.fullmatch(partition) and _NUMBER.fullmatch(offset)):
        return None
    try:
        names = (reason.decode(), topic.decode())
    except UnicodeDecodeError:
        return None
    # What is shown in a column and asked for by name is a word, without a terminal's controls.
    if not all(name and name.isprintable() for name in names):
        return None
    return Origin(names[0], Source(names[1], int(partition), int(offset)))
