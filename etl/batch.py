"""What the worker has in hand between two commits.

A batch never changes once it is due: every try to store it sends the same bytes, and the offsets
committed after it are exactly those of the records in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import cast

from aiokafka import TopicPartition

from client_gaps import Record
from etl.dead_letters import DeadLetter
from ugc_events import UnreadableEvent, decode, decode_lines, encode, glance

_NEVER = datetime.min.replace(tzinfo=UTC)

_AT_A_GLANCE = 1000
"""Records judged together: the fewer, the fewer are judged one by one beside an unreadable one."""


@dataclass(frozen=True)
class BatchPolicy:
    """When a batch is due: whichever of rows, bytes and age (seconds) comes first."""

    max_rows: int = 50_000
    max_bytes: int = 8 * 1024 * 1024
    max_age_s: float = 0.5


@dataclass(frozen=True)
class Position:
    """Up to where a partition is done: the next offset, and the newest `received_at` before it,
    None when there was no readable event."""

    offset: int
    as_of: datetime | None


@dataclass
class Batch:
    """Records of any partitions, each decoded once, in the order in which they were fetched.

    `lines` are the `rows` as they stood in the topic, byte for byte, many to an item."""

    opened_at: float
    lines: list[bytes] = field(default_factory=list)
    rows: int = 0
    size: int = 0
    dead: list[DeadLetter] = field(default_factory=list)
    positions: dict[TopicPartition, Position] = field(default_factory=dict)
    oldest: datetime | None = None

    def add(self, partition: TopicPartition, records: Sequence[Record]) -> Sequence[DeadLetter]:
        """Take records of one partition; returns those that are dead. A NewerContract leaves what
        came before it in the batch, and the position on the record that nobody here can read."""
        known = len(self.dead)
        for start in range(0, len(records), _AT_A_GLANCE):
            some = records[start : start + _AT_A_GLANCE]
            values = [record.value for record in some]
            seen = glance(values)
            if seen is None:
                self._add_each(partition, some)
                continue
            self.take(seen.lines, len(values))
            self.oldest = self.oldest or seen.first
            self._pass(partition, some[-1].offset + 1, seen.newest)
        return self.dead[known:]

    def take(self, lines: bytes, rows: int) -> None:
        """Rows that are events, each of them ended by a line feed."""
        self.lines.append(lines)
        self.rows += rows
        self.size += len(lines)

    def _add_each(self, partition: TopicPartition, records: Sequence[Record]) -> None:
        newest, offset, readable = _NEVER, records[0].offset, list[bytes]()
        try:
            for record in records:
                offset = record.offset
                try:
                    event = decode(record.value)
                except UnreadableEvent as poison:
                    self.dead.append(DeadLetter.of(partition, record, poison.reason))
                    self.size += len(record.value or b"")
                else:
                    readable.append(cast("bytes", record.value))
                    newest = max(newest, event.received_at)
                    self.oldest = self.oldest or event.received_at
                offset += 1
        finally:
            if readable:
                self.take(b"\n".join([*readable, b""]), len(readable))
            self._pass(partition, offset, newest)

    def _pass(self, partition: TopicPartition, offset: int, newest: datetime) -> None:
        before = self.positions.get(partition)
        newest = max(newest, before.as_of if before and before.as_of else _NEVER)
        self.positions[partition] = Position(offset, None if newest is _NEVER else newest)

    def due(self, policy: BatchPolicy, now: float) -> bool:
        """Whether it is time to store; an empty batch never is."""
        return bool(self.positions) and (
            self.rows + len(self.dead) >= policy.max_rows
            or self.size >= policy.max_bytes
            or now - self.opened_at >= policy.max_age_s
        )

    def patience(self, policy: BatchPolicy, now: float) -> float:
        """How long (seconds) one may wait for more records."""
        if not self.positions:
            return policy.max_age_s
        return max(0.0, policy.max_age_s - (now - self.opened_at))

    def canonical_lines(self) -> Sequence[bytes]:
        """The same events in our own encoding, for when ClickHouse reads JSON more strictly than
        we do."""
        return [
            b"".join([encode(event) + b"\n" for event in decode_lines(lines)])
            for lines in self.lines
        ]
