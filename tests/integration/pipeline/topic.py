"""Another program at the topic: writes what it likes, reads what is there."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import uuid4

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord
from aiokafka.admin import AIOKafkaAdminClient
from msgspec.structs import replace

from embedded import children
from embedded.child import Child
from etl import topics
from tests.stack import RunningStack
from tests.unit.etl.records import event
from tests.waiting import until
from ugc_events import ViewProgress


@asynccontextmanager
async def producer(brokers: str, codec: str | None = None) -> AsyncIterator[AIOKafkaProducer]:
    client = AIOKafkaProducer(
        bootstrap_servers=brokers, max_request_size=2 * 1024 * 1024, compression_type=codec
    )
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


@asynccontextmanager
async def administration(brokers: str) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=brokers)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()


@asynccontextmanager
async def worker_of_its_own(stack: RunningStack, topic: str, **more: str) -> AsyncIterator[Child]:
    """A worker, not yet started, of a topic that nobody else reads, into the stack's tables."""
    settings = replace(
        stack.settings,
        metrics_port=stack.settings.metrics_port + 20,
        environ={
            **stack.settings.environ,
            "KAFKA_TOPIC": topic,
            "KAFKA_CONSUMER_GROUP_ID": topic,
            **more,
        },
    )
    async with administration(stack.settings.kafka_bootstrap) as admin:
        views = topics.Topic(topic, 2, 1, {})
        letters = topics.Topic(f"{topic}.dead-letters", 1, 1, {"max.message.bytes": "2097152"})
        await topics.ensure(admin, [views, letters])
    worker = children.etl(settings)
    try:
        yield worker
    finally:
        await worker.kill()


def fresh() -> ViewProgress:
    """An event of a viewer, a film and an id that nobody else has."""
    made = event()
    return ViewProgress(
        v=1,
        user_id=uuid4(),
        film_id=uuid4(),
        event_id=uuid4(),
        progress=made.progress,
        total=made.total,
        event_time=made.event_time,
        received_at=made.received_at,
    )


async def write_many(brokers: str, topic: str, values: Sequence[Sequence[bytes | None]]) -> None:
    """`values[n]` into partition n, in order, whole record batches at once."""
    client = AIOKafkaProducer(bootstrap_servers=brokers, max_batch_size=512 * 1024)
    await client.start()
    try:
        for partition, ordered in enumerate(values):
            batch = client.create_batch()
            for value in ordered:
                if batch.append(key=b"foreign", value=value, timestamp=None) is None:
                    await client.send_batch(batch, topic, partition=partition)
                    batch = client.create_batch()
                    batch.append(key=b"foreign", value=value, timestamp=None)
            await client.send_batch(batch, topic, partition=partition)
        await client.flush()
    finally:
        await client.stop()
