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
from ugc_events import UnreadableEvent, decode, encode, glance

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
    """Records of any partitions, each decoded once, in the order in which they were fetched."""

    opened_at: float
    rows: list[bytes] = field(default_factory=list)
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
            received = glance(values)
            if received is None:
                self._add_each(partition, some)
                continue
            self.rows += cast("list[bytes]", values)
            self.size += sum(map(len, self.rows[-len(values) :]))
            self.oldest = self.oldest or received[0]
            self._pass(partition, some[-1].offset + 1, max(received))
        return self.dead[known:]

    def _add_each(self, partition: TopicPartition, records: Sequence[Record]) -> None:
        newest, offset = _NEVER, records[0].offset
        try:
            for record in records:
                offset = record.offset
                self.size += len(record.value or b"")
                try:
                    event = decode(record.value)
                except UnreadableEvent as poison:
                    self.dead.append(DeadLetter.of(partition, record, poison.reason))
                else:
                    self.rows.append(cast("bytes", record.value))
                    newest = max(newest, event.received_at)
                    self.oldest = self.oldest or event.received_at
                offset += 1
        finally:
            self._pass(partition, offset, newest)

    def _pass(self, partition: TopicPartition, offset: int, newest: datetime) -> None:
        before = self.positions.get(partition)
        newest = max(newest, before.as_of if before and before.as_of else _NEVER)
        self.positions[partition] = Position(offset, None if newest is _NEVER else newest)

    def due(self, policy: BatchPolicy, now: float) -> bool:
        """Whether it is time to store; an empty batch never is."""
        return bool(self.positions) and (
            len(self.rows) + len(self.dead) >= policy.max_rows
            or self.size >= policy.max_bytes
            or now - self.opened_at >= policy.max_age_s
        )

    def patience(self, policy: BatchPolicy, now: float) -> float:
        """How long (seconds) one may wait for more records."""
        if not self.positions:
            return policy.max_age_s
        return max(0.0, policy.max_age_s - (now - self.opened_at))

    def body(self) -> bytes:
        """The rows as they stood in the topic: what was decoded, byte for byte."""
        return b"\n".join(self.rows)

    def canonical_body(self) -> bytes:
        """The same events in our own encoding, for when ClickHouse reads JSON more strictly than
        we do (a repeated key)."""
        return b"\n".join(encode(decode(row)) for row in self.rows)
