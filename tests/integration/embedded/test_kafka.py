"""A real broker, by itself."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, OffsetAndMetadata, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from embedded import children
from embedded.child import Child
from embedded.errors import CannotStart
from embedded.kafka.java import archive
from embedded.settings import Settings
from tests.stack import place
from tests.waiting import until


async def create_topic(bootstrap: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic("views", 1, 1)])
    await admin.close()


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[tuple[Settings, Child]]:
    """A broker with the topic."""
    with place(folder) as settings:
        broker = children.kafka(settings)
        try:
            await broker.start()
            await broker.ready(within=30)
            await create_topic(settings.kafka_bootstrap)
            yield settings, broker
        finally:
            await broker.kill()


def has_mapped(process: Child, file: Path) -> bool:
    return str(file) in Path(f"/proc/{process.pid}/maps").read_text()


async def produce(bootstrap: str, value: bytes) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all")
    await producer.start()
    await producer.send_and_wait("views", value, partition=0)
    await producer.stop()


async def consume(bootstrap: str, count: int) -> list[bytes]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    consumer.assign([TopicPartition("views", 0)])
    values = [(await consumer.getone()).value for _ in range(count)]
    await consumer.stop()
    return values


async def test_what_a_broker_took_survives_kill_9_and_a_stop(tmp_path: Path) -> None:
    async with running(tmp_path) as (settings, broker):
        # the set-up makes it; the image of the tests has none, there a broker starts a second later
        classes = archive(settings.kafka_libs)
        assert has_mapped(broker, classes) == classes.exists()
        await produce(settings.kafka_bootstrap, b"before the kill")

        await broker.kill()
        began = time.monotonic()
        await broker.start()
        await broker.ready(within=30)
        assert time.monotonic() - began < 9  # the old session is not waited out for 9 s
        await produce(settings.kafka_bootstrap, b"after it")

        await broker.stop()
        assert broker.exit_code == 143  # the JVM's own way to end on SIGTERM
    with place(tmp_path) as elsewhere:  # the same folder on other ports
        broker = children.kafka(elsewhere)
        try:
            await broker.start()
            await broker.ready(within=30)
            values = await consume(elsewhere.kafka_bootstrap, 2)
            assert values == [b"before the kill", b"after it"]
        finally:
            await broker.kill()


async def test_the_log_of_offsets_stays_small(tmp_path: Path) -> None:
    """A broker that starts reads all of it, and must be quick (decision 0020)."""

    def mib() -> float:
        logs = tmp_path.glob("kafka-1/__consumer_offsets-*/*.log")
        return sum(log.stat().st_size for log in logs) / 1024 / 1024

    async with running(tmp_path) as (settings, _):
        consumer = AIOKafkaConsumer(
            bootstrap_servers=settings.kafka_bootstrap, group_id="it", enable_auto_commit=False
        )
        await consumer.start()
        position = {TopicPartition("views", 0): OffsetAndMetadata(1, "x" * 4000)}
        consumer.assign([*position])
        for _ in range(600):
            await consumer.commit(position)
        assert mib() > 2
        await until(lambda: mib() < 1, within=60)
        await consumer.stop()


async def test_a_folder_keeps_its_number_of_brokers(tmp_path: Path) -> None:
    with place(tmp_path) as settings:
        broker = children.kafka(settings)
        await broker.start()
        await broker.kill()
    with (
        place(tmp_path, UGC_BROKERS="3") as three,
        pytest.raises(CannotStart, match="made with UGC_BROKERS=1"),
    ):
        await children.kafka(three).start()


def test_classes_that_nobody_put_aside_are_not_asked_for(tmp_path: Path) -> None:
    """The JVM would go without its own archive then."""
    (tmp_path / "libs").mkdir()
    (tmp_path / "libs" / "kafka_2.13-0.jar").touch()
    broker = children.kafka(Settings(tmp_path, kafka_libs=tmp_path / "libs"))
    assert not [word for word in broker.recipe.command if "SharedArchiveFile" in word]


def test_missing_jars_are_named_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="make setup"):
        children.kafka(Settings(tmp_path, kafka_libs=tmp_path))
