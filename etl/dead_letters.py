"""Records nobody can read, kept as they were, with the reason and where they came from."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from aiokafka import AIOKafkaProducer, TopicPartition

from client_gaps import Record
from configuration.kafka import Brokers

MAX_LETTER_BYTES = 2 * 1024 * 1024
"""Twice the largest record of the source topic: the headers added must not make it too large."""


@dataclass(frozen=True)
class DeadLetter:
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    reason: str
    source_topic: str
    source_partition: int
    source_offset: int

    @classmethod
    def of(cls, partition: TopicPartition, record: Record, reason: str) -> "DeadLetter":
        return cls(
            record.key,
            record.value,
            tuple(record.headers),
            reason,
            partition.topic,
            partition.partition,
            record.offset,
        )

    def all_headers(self) -> list[tuple[str, bytes]]:
        """The record's own headers, then ours as decimal and UTF-8 text."""
        return [
            *self.headers,
            ("reason", self.reason.encode()),
            ("source_topic", self.source_topic.encode()),
            ("source_partition", str(self.source_partition).encode()),
            ("source_offset", str(self.source_offset).encode()),
        ]


class DeadLetters:
    """The dead-letter topic. A letter buried twice (after a crash) tells so by its source."""

    def __init__(self, brokers: Brokers, topic: str) -> None:
        self._topic = topic
        self._producer = AIOKafkaProducer(
            **brokers.client(),
            acks="all",
            enable_idempotence=True,
            max_request_size=MAX_LETTER_BYTES,
            max_batch_size=512 * 1024,
        )

    async def connect(self) -> None:
        """Reach the brokers. Raises KafkaError."""
        await self._producer.start()

    async def close(self) -> None:
        # A stop waits for unsent letters, and without a broker it would wait for ever. Letters
        # without an ack are read again: their offsets are not committed.
        try:
            await asyncio.wait_for(self._producer.stop(), timeout=5)
        except TimeoutError:
            await self._producer.client.close()

    async def bury(self, letters: Sequence[DeadLetter]) -> None:
        """Returns once every in-sync replica has them all. Raises KafkaError."""
        sent = [
            await self._producer.send(
                self._topic, key=letter.key, value=letter.value, headers=letter.all_headers()
            )
            for letter in letters
        ]
        await asyncio.gather(*sent)
