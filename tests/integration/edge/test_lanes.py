"""Single events lie in the topic as `AIOKafkaProducer.send` would have laid them."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import NewPartitions, NewTopic
from aiokafka.errors import KafkaTimeoutError
from aiokafka.structs import TopicPartition

from configuration.kafka import Brokers
from tests.integration.pipeline.topic import administration, read_all
from tests.stack import RunningStack
from ugc_api.publishing import lanes
from ugc_api.publishing.lanes import Lanes
from ugc_api.publishing.producers import new_producer
from ugc_events import partition_key

USERS = [uuid4() for _ in range(40)]
HEADERS = [("request_id", b"a"), ("traceparent", b"b")]


@pytest.fixture
async def topic(running_stack: RunningStack) -> str:
    name = f"lanes-{uuid4().hex[:8]}"
    async with administration(running_stack.settings.kafka_bootstrap) as admin:
        await admin.create_topics([NewTopic(name, 6, 1)])
    return name


@pytest.fixture
async def producer(running_stack: RunningStack) -> AsyncIterator[AIOKafkaProducer]:
    producer = new_producer(Brokers(running_stack.settings.kafka_bootstrap), 4.0)
    await producer.start()
    yield producer
    await producer.stop()


async def test_they_are_where_send_lays_them_and_as_it_does(
    running_stack: RunningStack, topic: str, producer: AIOKafkaProducer
) -> None:
    ours = Lanes(topic)
    for user in USERS:
        value = user.hex.encode()
        ack = await ours.append(producer, user, value, HEADERS, 4.0)
        receipt = await ack
        its = await producer.send_and_wait(topic, value, partition_key(user), headers=HEADERS)
        assert receipt.partition == its.partition
        assert receipt.offset < its.offset
    records = await read_all(running_stack.settings.kafka_bootstrap, topic)
    seen: dict[object, int] = {}
    for record in records:
        alike = (record.partition, record.key, record.value, record.headers)
        seen[alike] = seen.get(alike, 0) + 1
    assert set(seen.values()) == {2}
    assert len(seen) == len(USERS)


async def test_more_partitions_are_noticed(
    running_stack: RunningStack, topic: str, producer: AIOKafkaProducer
) -> None:
    ours = Lanes(topic)
    await placed(ours, producer)
    async with administration(running_stack.settings.kafka_bootstrap) as admin:
        await admin.create_partitions({topic: NewPartitions(12)})
    while len(producer.client.cluster.partitions_for_topic(topic)) < 12:
        await producer.client.force_metadata_update()
    places = await placed(ours, producer)
    its = [(await producer.send_and_wait(topic, b"x", partition_key(u))).partition for u in USERS]
    assert places == its
    assert max(places) > 5


async def test_forgetting_where_viewers_go_changes_nothing(
    topic: str, producer: AIOKafkaProducer, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await placed(Lanes(topic), producer)
    monkeypatch.setattr(lanes, "MOST_REMEMBERED", 3)
    forgetful = Lanes(topic)
    assert await placed(forgetful, producer) == before
    assert len(forgetful._lanes) <= 3


async def test_room_in_a_full_batch_is_waited_for_and_not_for_ever(
    topic: str, producer: AIOKafkaProducer
) -> None:
    ours, user = Lanes(topic), UUID(int=1)
    await (await ours.append(producer, user, b"x", (), 4.0))
    every = {TopicPartition(topic, number) for number in range(6)}
    producer._sender._muted_partitions |= every  # as while a request is under way
    first = await ours.append(producer, user, bytes(200_000), (), 4.0)
    with pytest.raises(KafkaTimeoutError):
        await ours.append(producer, user, bytes(200_000), (), 0.1)
    waiting = asyncio.create_task(ours.append(producer, user, bytes(200_000), (), 4.0))
    producer._sender._muted_partitions -= every
    assert (await (await waiting)).offset == (await first).offset + 1


async def placed(ours: Lanes, producer: AIOKafkaProducer) -> list[int]:
    acks = [await ours.append(producer, user, b"x", (), 4.0) for user in USERS]
    return [(await ack).partition for ack in acks]
