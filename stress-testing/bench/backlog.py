"""Fills the topic with events faster than any API would, for the worker to catch up with."""

import os
from datetime import UTC, datetime
from uuid import UUID

from aiokafka import AIOKafkaProducer
from bench.measuring import say

RECORDS_PER_BATCH = 2000
SAYS_EVERY = 1_000_000
USERS = 5000


async def fill(brokers: str, topic: str, events: int) -> None:
    """Write `events` valid events, evenly over the partitions; returns when all are acked."""
    producer = AIOKafkaProducer(bootstrap_servers=brokers, max_batch_size=900 * 1024)
    await producer.start()
    try:
        partitions = sorted(await producer.partitions_for(topic))
        sent = 0
        while sent < events:
            partition = partitions[sent // RECORDS_PER_BATCH % len(partitions)]
            count = min(RECORDS_PER_BATCH, events - sent)
            batch = producer.create_batch()
            for number in range(count):
                user = UUID(int=(sent + number) % USERS)
                batch.append(key=user.bytes, value=_value(user, number), timestamp=None)
            batch.close()
            await (await producer.send_batch(batch, topic, partition=partition))
            sent += count
            if sent % SAYS_EVERY == 0:
                say(f"  {sent:,} of {events:,} written to Kafka")
    finally:
        await producer.stop()


def _value(user: UUID, number: int) -> bytes:
    now = datetime.now(UTC).isoformat(timespec="milliseconds")[:-6]
    event_id = UUID(bytes=os.urandom(16))
    return (
        f'{{"v":1,"user_id":"{user}","film_id":"{UUID(int=number % 500 + 1)}",'
        f'"event_id":"{event_id}","progress":{number % 5400}.250,"total":5400.000,'
        f'"event_time":"{now}Z","received_at":"{now}Z"}}'
    ).encode()
