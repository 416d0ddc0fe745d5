"""A topic read again beside the group: joins nothing, commits nothing, moves nobody's position.

Audit, rewind and the dead-letter tools read by it; the worker has its own way (`etl.feed`).
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

from aiokafka import AIOKafkaConsumer, ConsumerRecord, OffsetAndMetadata, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaTimeoutError

from client_gaps import check_offset_fetch
from configuration.kafka import Brokers
from etl.exits import MissingTopic

_SILENCE_S = 30.0


@dataclass(frozen=True)
class Span:
    """Records of one partition, from offset `begin` up to, without, `end`."""

    partition: TopicPartition
    begin: int
    end: int

    @property
    def length(self) -> int:
        return max(0, self.end - self.begin)


class History:
    def __init__(self, consumer: AIOKafkaConsumer, admin: AIOKafkaAdminClient) -> None:
        self._consumer = consumer
        self._admin = admin

    async def partitions(self, topic: str) -> list[TopicPartition]:
        """In order. Raises MissingTopic and KafkaError."""
        if topic not in await self._admin.list_topics():
            raise MissingTopic(topic)
        (found,) = await self._admin.describe_topics([topic])
        return sorted(TopicPartition(topic, one["partition"]) for one in found["partitions"])

    async def spans(self, topic: str, since: datetime | None = None) -> list[Span]:
        """What each partition holds now, from the first record appended at `since` (a time of the
        broker's clock) or later. Raises MissingTopic and KafkaError."""
        partitions = await self.partitions(topic)
        begins: Mapping[TopicPartition, int] = await self._consumer.beginning_offsets(partitions)
        ends = await self._consumer.end_offsets(partitions)
        if since is not None:
            at = round(since.timestamp() * 1000)
            found = await self._consumer.offsets_for_times(dict.fromkeys(partitions, at))
            begins = {
                one: found[one].offset if found[one] is not None else ends[one]
                for one in partitions
            }
        return [Span(one, begins[one], ends[one]) for one in partitions]

    async def committed(self, topic: str, group: str) -> dict[TopicPartition, OffsetAndMetadata]:
        """The group's positions with their metadata; partitions never committed are missing."""
        partitions = await self.partitions(topic)
        found = await self._admin.list_consumer_group_offsets(group, partitions=partitions)
        return {partition: one for partition, one in found.items() if one.offset >= 0}

    async def read(
        self, spans: Iterable[Span], at_most: int = 10_000
    ) -> AsyncIterator[Sequence[ConsumerRecord]]:
        """All records of `spans`, up to `at_most` of one partition at a time.

        What expires meanwhile is left out. Raises KafkaTimeoutError when Kafka is silent.
        """
        ends = {span.partition: span.end for span in spans if span.length}
        self._consumer.assign(list(ends))
        for span in spans:
            if span.partition in ends:
                self._consumer.seek(span.partition, span.begin)
        heard = monotonic()
        while ends:
            fetched = await self._consumer.getmany(timeout_ms=1000, max_records=at_most)
            for partition, records in fetched.items():
                wanted = [one for one in records if one.offset < ends[partition]]
                if wanted:
                    yield wanted
                heard = monotonic()  # from here: whoever reads may have taken long
            # Not by the last record: the log may have gaps where its markers stand.
            for partition, end in list(ends.items()):
                if await self._consumer.position(partition) >= end:
                    self._consumer.pause(partition)
                    del ends[partition]
            if monotonic() - heard > _SILENCE_S:
                raise KafkaTimeoutError(f"no record for {_SILENCE_S:.0f} s")


@asynccontextmanager
async def history(brokers: Brokers) -> AsyncIterator[History]:
    """Raises KafkaError when the brokers are away."""
    admin = AIOKafkaAdminClient(**brokers.client())
    consumer = AIOKafkaConsumer(
        **brokers.client(), enable_auto_commit=False, auto_offset_reset="earliest"
    )
    try:
        await admin.start()
        check_offset_fetch(admin)
        await consumer.start()
        await asyncio.sleep(0)  # its tasks must have begun: `stop` cannot end them before
        yield History(consumer, admin)
    finally:
        await consumer.stop()
        await admin.close()
