"""Fills the topic with events faster than any API would, for the worker to catch up with.

They are the product's own: its event and encoding, ids as players make them (UUIDv7), a request's
id beside each, and each viewer in the partition that the API would choose.
"""

import os
import time
from collections import defaultdict
from datetime import UTC, datetime
from itertools import count, cycle, islice
from uuid import UUID, uuid4

from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import DefaultPartitioner
from bench.measuring import say

from ugc_events import VERSION, ViewProgress, encode, partition_key

RECORDS_PER_BATCH = 2000
SAYS_EVERY = 1_000_000
USERS, FILMS, LENGTH_S = 5000, 500, 5400


async def fill(brokers: str, topic: str, events: int) -> None:
    """Write `events` valid events, evenly over the partitions; returns when all are acked."""
    producer = AIOKafkaProducer(bootstrap_servers=brokers, max_batch_size=900 * 1024)
    await producer.start()
    try:
        partitions = sorted(await producer.partitions_for(topic))
        viewers = {one: cycle(some) for one, some in new_viewers(partitions).items()}
        sent = 0
        for partition in cycle(partitions):
            batch = producer.create_batch()
            some = islice(viewers[partition], min(RECORDS_PER_BATCH, events - sent))
            for number, viewer in enumerate(some, start=sent):
                headers = [("request_id", b"%032x" % number)]
                value = encode(event(viewer, number))
                batch.append(
                    key=partition_key(viewer), value=value, timestamp=None, headers=headers
                )
            batch.close()
            await (await producer.send_batch(batch, topic, partition=partition))
            sent += batch.record_count()
            if sent % SAYS_EVERY == 0:
                say(f"  {sent:,} of {events:,} written to Kafka")
            if sent == events:
                return
    finally:
        await producer.stop()


def new_viewers(partitions: list[int]) -> dict[int, list[UUID]]:
    """New ones, each where the API would have him; at least one in each partition."""
    found: dict[int, list[UUID]] = defaultdict(list)
    choose = DefaultPartitioner()
    for made in count(1):
        viewer = uuid4()
        found[choose(partition_key(viewer), partitions, partitions)].append(viewer)
        if made >= USERS and len(found) == len(partitions):
            return found
    raise AssertionError


def event(viewer: UUID, number: int) -> ViewProgress:
    now = datetime.now(UTC)
    return ViewProgress(
        v=VERSION,
        user_id=viewer,
        film_id=UUID(int=viewer.int % FILMS + 1),
        event_id=_uuid7(),
        progress=number % LENGTH_S + 0.25,
        total=float(LENGTH_S),
        event_time=now,
        received_at=now,
    )


def _uuid7() -> UUID:
    drawn = int.from_bytes(os.urandom(10), "big") >> 6  # 74 bits
    high, low = drawn >> 62, drawn & (1 << 62) - 1
    return UUID(int=time.time_ns() // 10**6 << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low)
