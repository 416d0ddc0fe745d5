"""Records read again and stored again, into the same tables, while the worker goes on.

It heals what ClickHouse lost after the worker had passed it. It moves no position, and buries
nothing: what is unreadable has its letter already. Rows have their identity, so what is there
stays as it is.
"""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

from aiokafka import TopicPartition

from etl.batch import Batch, BatchPolicy
from etl.history import History, Span
from etl.storage import Storage
from ugc_events import NewerContract


@dataclass
class Rewound:
    """How far it is, in records; `unreadable` by reason."""

    read: int = 0
    stored: int = 0
    unreadable: Counter[str] = field(default_factory=Counter)


async def rewind(
    history: History, spans: Sequence[Span], storage: Storage, policy: BatchPolicy | None = None
) -> AsyncIterator[Rewound]:
    """Store all events of `spans` again, and tell after each batch how far it is.

    Raises NewerContract with what came before it stored, and what `Storage.insert` raises.
    """
    policy = policy or BatchPolicy()
    so_far, batch = Rewound(), Batch(opened_at=0.0)

    async def store() -> Rewound:
        if batch.rows:
            await storage.insert(batch)
        so_far.stored += batch.rows
        so_far.unreadable.update(letter.reason for letter in batch.dead)
        return so_far

    async for records in history.read(spans):
        partition = TopicPartition(records[0].topic, records[0].partition)
        try:
            batch.add(partition, records)
        except NewerContract:
            await store()
            raise
        so_far.read += len(records)
        if batch.due(policy, now=0.0):  # nobody waits: only rows and bytes count
            yield await store()
            batch = Batch(opened_at=0.0)
    yield await store()
