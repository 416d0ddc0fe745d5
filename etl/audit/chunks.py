"""The topic in pieces that fit into memory."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from aiokafka import ConsumerRecord

from etl.audit.entry import Entry

READ_AT_ONCE = 1000
"""Records, some milliseconds of reading what they say."""


@dataclass(frozen=True)
class ChunkPolicy:
    """When a chunk is full: whichever of records and bytes of their values comes first."""

    max_records: int = 50_000
    max_bytes: int = 32 * 1024 * 1024


async def chunks(
    read: AsyncIterator[Sequence[ConsumerRecord]], policy: ChunkPolicy
) -> AsyncIterator[Sequence[Entry]]:
    """The records of `read`, each once. Raises what it raises."""
    chunk: list[Entry] = []
    size = 0
    async for records in read:
        for record in records:
            entry = Entry.of(record)
            chunk.append(entry)
            size += entry.size
        if len(chunk) >= policy.max_records or size >= policy.max_bytes:
            yield chunk
            chunk, size = [], 0
        await asyncio.sleep(0)  # what was fetched already is handed out without a pause
    if chunk:
        yield chunk
