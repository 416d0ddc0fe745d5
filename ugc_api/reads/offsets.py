"""How far the worker is in each partition of the topic, asked of Kafka.

aiokafka takes an answer of a broker that is not the group's coordinator for "nothing was ever
committed" (etl closes the same gap). Here each partition is asked for by name, and a true answer
then names each: one that is missing is an error.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import (
    GroupCoordinatorNotAvailableError,
    KafkaError,
    UnknownTopicOrPartitionError,
)

from configuration.kafka import Brokers

WITHIN_S = 1.0
_CLOSE_S = 1.0


@dataclass(frozen=True, slots=True)
class PartitionOffsets:
    """`committed` is the next offset to be stored, 0 when none was ever committed; `metadata` is
    the text of that commit; `end` is the high watermark, the next offset to be given out."""

    committed: int
    metadata: str
    end: int


class Offsets:
    """Connects at the first reading, and anew after a reading that failed."""

    def __init__(self, brokers: Brokers, topic: str, group: str) -> None:
        self._brokers = brokers
        self._topic = topic
        self._group = group
        self._admin: AIOKafkaAdminClient | None = None
        self._consumer: AIOKafkaConsumer | None = None
        self._coordinator = 0
        self._partitions: set[int] = set()

    async def read(self) -> Mapping[int, PartitionOffsets]:
        """Of every partition, within a second. Raises KafkaError, OSError or TimeoutError."""
        try:
            async with asyncio.timeout(WITHIN_S):
                if self._admin is None or self._consumer is None:
                    self._admin, self._consumer = await self._connect()
                return await self._read(self._admin, self._consumer)
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        clients = [client for client in (self._consumer, self._admin) if client is not None]
        self._admin = self._consumer = None
        for client in clients:
            await _close(client)

    async def _connect(self) -> tuple[AIOKafkaAdminClient, AIOKafkaConsumer]:
        admin = AIOKafkaAdminClient(**self._brokers.client())
        # In no group: it only knows the ends.
        consumer = AIOKafkaConsumer(**self._brokers.client())
        try:
            await admin.start()
            await consumer.start()
            self._coordinator = await admin.find_coordinator(self._group)
            (topic,) = await admin.describe_topics([self._topic])
            self._partitions = {one["partition"] for one in topic["partitions"]}
        except BaseException:
            await _close(consumer)
            await _close(admin)
            raise
        return admin, consumer

    async def _read(
        self, admin: AIOKafkaAdminClient, consumer: AIOKafkaConsumer
    ) -> Mapping[int, PartitionOffsets]:
        # Later the consumer knows them better: it looks for new ones as often as a producer does.
        numbers = consumer.partitions_for_topic(self._topic) or self._partitions
        if not numbers:
            raise UnknownTopicOrPartitionError(self._topic)
        partitions = [TopicPartition(self._topic, number) for number in sorted(numbers)]
        commits, ends = await asyncio.gather(
            admin.list_consumer_group_offsets(self._group, self._coordinator, partitions),
            consumer.end_offsets(partitions),
        )
        if not commits.keys() >= set(partitions):
            raise GroupCoordinatorNotAvailableError
        return {
            one.partition: PartitionOffsets(
                max(0, commits[one].offset), commits[one].metadata, ends[one]
            )
            for one in partitions
        }


async def _close(client: AIOKafkaAdminClient | AIOKafkaConsumer) -> None:
    close = client.close if isinstance(client, AIOKafkaAdminClient) else client.stop
    with suppress(KafkaError, OSError, TimeoutError):
        await asyncio.wait_for(close(), _CLOSE_S)
