"""Records stored or buried once more, as the worker would do it: by the contract, with its INSERT.

Harmless if they were there after all: rows have their identity, letters name their source.
"""

from collections.abc import Iterable, Sequence

from aiokafka import ConsumerRecord, TopicPartition

from etl.batch import Batch
from etl.dead_letters import DeadLetter, DeadLetters
from etl.persistence import Persistence
from etl.storage import Storage


class Repair:
    def __init__(
        self, storage: Storage, dead_letters: DeadLetters, persistence: Persistence
    ) -> None:
        self._storage = storage
        self._dead_letters = dead_letters
        self._persistence = persistence

    async def put_back(self, records: Iterable[ConsumerRecord]) -> Sequence[DeadLetter]:
        """Returns the letters it wrote. Raises NewerContract with nothing put back, and what
        `etl.exits` lets stop."""
        batch = Batch(opened_at=0.0)
        for record in records:
            batch.add(TopicPartition(record.topic, record.partition), [record])
        if batch.dead:
            await self._persistence.until_done("bury", lambda: self._dead_letters.bury(batch.dead))
        if batch.rows:
            await self._storage.insert(batch)
        return batch.dead
