"""When unreadable records stop being an exception: then it is us, or a writer gone mad.

A worker that buried everything after a bad deployment would empty the topic into the dead
letters, lag 0, and nobody would notice.
"""

from collections import deque
from collections.abc import Sequence
from itertools import repeat

from aiokafka import TopicPartition

from client_gaps import Record
from etl.dead_letters import DeadLetter
from etl.exits import TooManyDeadLetters


class DeadLetterLimit:
    """Of the last `size` records read no more than half may be dead, and of one partition no
    `size` in a row; 0 = no limit."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._last: deque[bool] = deque(maxlen=max(1, size))  # True = dead
        self._dead = 0
        self._in_a_row: dict[TopicPartition, int] = {}

    def take(
        self,
        partition: TopicPartition,
        records: Sequence[Record],
        dead: Sequence[DeadLetter],
    ) -> None:
        """Records as they were read, and which of them were dead. Raises TooManyDeadLetters."""
        if not self._size:
            return
        if not dead:
            self._in_a_row[partition] = 0
            self._last.extend(repeat(False, min(len(records), self._size)))
            self._dead = sum(self._last) if self._dead else 0
            return
        reasons = {letter.source_offset: letter.reason for letter in dead}
        row = self._in_a_row.get(partition, 0)
        for record in records:
            reason = reasons.get(record.offset)
            row = row + 1 if reason else 0
            self._push(reason is not None)
            if reason and row >= self._size:
                raise _too_many(f"{row} in a row", partition, record.offset, reason)
            if reason and len(self._last) == self._size and self._dead * 2 > self._size:
                of_the_last = f"{self._dead} of the last {self._size}"
                raise _too_many(of_the_last, partition, record.offset, reason)
        self._in_a_row[partition] = row

    def _push(self, dead: bool) -> None:
        if len(self._last) == self._size:
            self._dead -= self._last[0]
        self._last.append(dead)
        self._dead += dead


def _too_many(
    how_many: str, partition: TopicPartition, offset: int, reason: str
) -> TooManyDeadLetters:
    return TooManyDeadLetters(
        f"{how_many} records are unreadable, the last one is {partition.topic}-"
        f"{partition.partition} at {offset} ({reason}): who writes them, or is this worker too "
        "old? If they are to become dead letters all the same, start it with "
        "UGC_DEAD_LETTER_LIMIT=0"
    )
