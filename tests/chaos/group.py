"""The consumer group as Kafka itself tells of it: what it has passed, and what is left."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from client_gaps import check_offset_fetch
from embedded.settings import Settings
from tests.waiting import until

GROUP, TOPIC, PARTITIONS = "views", "views", 6


class Group:
    def __init__(self, admin: AIOKafkaAdminClient, consumer: AIOKafkaConsumer) -> None:
        self._admin = admin
        self._consumer = consumer
        self._partitions = [TopicPartition(TOPIC, n) for n in range(PARTITIONS)]

    async def passed(self) -> Mapping[int, int]:
        """The committed offset of each partition, 0 where there is none. Raises KafkaError."""
        found = await self._admin.list_consumer_group_offsets(GROUP, partitions=self._partitions)
        return {one.partition: max(0, at.offset) for one, at in found.items()}

    async def goes_on(self, within: float = 30.0) -> float:
        """Seconds until something more is passed. Raises AssertionError."""
        before = sum((await self.passed()).values())

        async def more() -> bool:
            return sum((await self.passed()).values()) > before

        return await until(more, within=within)

    async def lag(self) -> int:
        """Events in the topic that the group has not passed. Raises KafkaError."""
        ends = await self._consumer.end_offsets(self._partitions)
        passed = await self.passed()
        return sum(int(end) - passed[one.partition] for one, end in ends.items())


@asynccontextmanager
async def group(settings: Settings) -> AsyncIterator[Group]:
    """A connection of its own. Raises KafkaError."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap)
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka_bootstrap)
    try:
        await admin.start()
        check_offset_fetch(admin)
        await consumer.start()
        yield Group(admin, consumer)
    finally:
        await consumer.stop()
        await admin.close()
