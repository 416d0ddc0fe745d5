"""Single events into the producer, with what is the same for all of them looked up once.

`AIOKafkaProducer.send` finds out anew for each what never changes: the topic's metadata, the
partition of a viewer (a hash in Python), serializers that are not set. It is four fifths of what an
event costs in the producer; what it ends in is called here. The name is private (aiokafka stays
below 0.15), and a test holds the records against those of `send`.
"""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import DefaultPartitioner
from aiokafka.structs import TopicPartition

from ugc_events import partition_key

MOST_REMEMBERED = 100_000
"""Viewers whose partition is."""

_partition_of = DefaultPartitioner()


class Lanes:
    """The partitions of one topic, and who goes where."""

    def __init__(self, topic: str) -> None:
        self._topic = topic
        self._partitions: set[int] = set()
        self._lanes: dict[int, tuple[bytes, TopicPartition]] = {}  # by the number of a viewer's id

    async def append(
        self,
        producer: AIOKafkaProducer,
        user_id: UUID,
        value: bytes,
        headers: Sequence[tuple[str, bytes]],
        within_s: float,
    ) -> "asyncio.Future[Any]":
        """The ack to come. Waits only while the topic is unknown or the partition's batch is full;
        raises KafkaError, TimeoutError or KafkaTimeoutError after `within_s` seconds of either."""
        partitions = producer.client.cluster.partitions_for_topic(self._topic)
        if partitions != self._partitions:
            async with asyncio.timeout(within_s):
                self._partitions = await producer.partitions_for(self._topic)
            self._lanes.clear()
        lane = self._lanes.get(user_id.int)
        if lane is None:
            lane = self._remember(user_id)
        key, to = lane
        ack: asyncio.Future[Any] = await producer._message_accumulator.add_message(
            to, key, value, within_s, headers=list(headers)
        )
        return ack

    def _remember(self, user_id: UUID) -> tuple[bytes, TopicPartition]:
        if len(self._lanes) >= MOST_REMEMBERED:
            self._lanes.clear()
        key, every = partition_key(user_id), sorted(self._partitions)
        lane = key, TopicPartition(self._topic, _partition_of(key, every, every))
        self._lanes[user_id.int] = lane
        return lane
