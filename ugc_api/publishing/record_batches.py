"""Many events as Kafka's own record batches: one append an event, one ack a batch."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from aiokafka.partitioner import DefaultPartitioner
from aiokafka.producer.message_accumulator import BatchBuilder

from ugc_events import ViewProgress, encode, partition_key

MAX_BYTES = 900 * 1024
"""Of a record batch. A broker refuses more than 1 MiB (`message.max.bytes`)."""

SOME = 64
"""Events encoded before other requests go on: half a millisecond."""

_NO_COMPRESSION = 0
_partition_of = DefaultPartitioner()


@dataclass(slots=True)
class RecordBatch:
    """What goes to one partition at once, and which events that is."""

    builder: BatchBuilder = field(default_factory=lambda: BatchBuilder(MAX_BYTES, _NO_COMPRESSION))
    indexes: list[int] = field(default_factory=list)


async def record_batches(
    events: Sequence[ViewProgress],
    partitions: Sequence[int],
    headers: Sequence[tuple[str, bytes]] = (),
) -> dict[int, list[RecordBatch]]:
    """`events` by partition, in their order, in batches below MAX_BYTES."""
    batches: dict[int, list[RecordBatch]] = {}
    # Mostly one: a hash in Python for each event would add up.
    of_user: dict[int, tuple[bytes, list[RecordBatch]]] = {}  # by the number of the id
    for index, event in enumerate(events):
        known = of_user.get(event.user_id.int)
        if known is None:
            key = partition_key(event.user_id)
            partition = _partition_of(key, partitions, partitions)
            known = key, batches.setdefault(partition, [RecordBatch()])
            of_user[event.user_id.int] = known
        key, to = known
        value = encode(event)
        if to[-1].builder.append(timestamp=None, key=key, value=value, headers=headers) is None:
            to.append(RecordBatch())
            to[-1].builder.append(timestamp=None, key=key, value=value, headers=headers)
        to[-1].indexes.append(index)
        if index % SOME == SOME - 1:
            await asyncio.sleep(0)
    for parts in batches.values():
        for part in parts:
            part.builder.close()  # or the producer would add single events to it
    return batches
