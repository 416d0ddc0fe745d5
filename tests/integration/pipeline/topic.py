"""Another program at the topic: writes what it likes, reads what is there."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord

from tests.waiting import until


@asynccontextmanager
async def producer(brokers: str) -> AsyncIterator[AIOKafkaProducer]:
    client = AIOKafkaProducer(bootstrap_servers=brokers, max_request_size=2 * 1024 * 1024)
    await client.start()
    try:
        yield client
    finally:
        await client.stop()


async def write(brokers: str, topic: str, values: Sequence[bytes | None]) -> list[tuple[int, int]]:
    """Partition and offset of each value, all in partition 0."""
    async with producer(brokers) as client:
        written = [
            await client.send_and_wait(topic, value, key=b"foreign", partition=0)
            for value in values
        ]
    return [(one.partition, one.offset) for one in written]


async def read_all(brokers: str, topic: str) -> list[ConsumerRecord]:
    """Every record of the topic as it is now."""
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=brokers, auto_offset_reset="earliest")
    await consumer.start()
    try:
        await until(lambda: bool(consumer.assignment()))
        partitions = sorted(consumer.assignment())
        ends = await consumer.end_offsets(partitions)
        records: list[ConsumerRecord] = []
        for partition in partitions:
            while await consumer.position(partition) < ends[partition]:
                fetched = await consumer.getmany(partition, timeout_ms=1000)
                records += fetched.get(partition, [])
        return records
    finally:
        await consumer.stop()
