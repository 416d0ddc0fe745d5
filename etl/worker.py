"""The worker: fetch until the batch is due, bury what is unreadable, insert the rest, and only
then commit exactly these offsets.

That order is the promise. A crash before the insert stores nothing and passes nothing; a crash
between insert and commit repeats the batch, and repetition is harmless because identity is in the
rows. A revoke and a stop are the same flush, with a limit on how long they wait for it.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass

from etl.batch import Batch, BatchPolicy
from etl.dead_letter_limit import DeadLetterLimit
from etl.dead_letters import DeadLetter, DeadLetters
from etl.feed import Feed
from etl.metrics import Metrics
from etl.persistence import Pauses, Persistence
from etl.storage import Storage
from etl.warehouse import Warehouse
from ugc_events import NewerContract

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Patience:
    """Seconds: between polls while a batch is being stored, and for a flush at the end."""

    keep_alive_s: float = 1.0
    hand_over_s: float = 20.0


class Worker:
    def __init__(
        self,
        feed: Feed,
        warehouse: Warehouse,
        dead_letters: DeadLetters,
        metrics: Metrics,
        limit: DeadLetterLimit,
        policy: BatchPolicy | None = None,
        patience: Patience | None = None,
        pauses: Pauses | None = None,
    ) -> None:
        self._feed = feed
        self._dead_letters = dead_letters
        self._metrics = metrics
        self._persistence = Persistence(metrics, pauses)
        self._storage = Storage(warehouse, metrics, self._persistence)
        self._limit = limit
        self._policy = policy or BatchPolicy()
        self._patience = patience or Patience()
        self._batch = Batch(opened_at=0.0)
        self._turn = asyncio.Lock()
        self._storing: asyncio.Task[None] | None = None
        self._stopping = False

    async def connect(self) -> None:
        """Reach Kafka, however long it takes. Raises MissingTopic."""
        await self._persistence.until_done("connect", self._dead_letters.connect)
        await self._persistence.until_done("connect", self._feed.connect)

    async def run(self) -> None:
        """Until `stop()`, or an error whose exit is STOP: it is raised, with nothing passed."""
        self._feed.join(on_revoke=self.hand_over)
        while not self._stopping:
            try:
                await self.step()
            except NewerContract:
                await self.hand_over()  # what came before it is readable
                raise
        await self.hand_over()

    async def close(self) -> None:
        """Let go of Kafka; bounded, also without brokers."""
        await self._feed.close()
        await self._dead_letters.close()

    async def step(self) -> None:
        now = time.monotonic()
        room = max(1, self._policy.max_rows - self._batch.rows)
        patience = self._batch.patience(self._policy, now)
        fetched = await self._persistence.until_done(
            "fetch", lambda: self._feed.fetch(room, patience)
        )
        # No await from here to the last `add`: a revoke sees all of a fetch in the batch or none.
        for partition, records in fetched.items():
            if not self._batch.positions:
                self._batch.opened_at = time.monotonic()
            self._metrics.consumed.inc(len(records))
            dead = self._batch.add(partition, records)
            self._limit.take(partition, records, dead)
        if self._batch.due(self._policy, time.monotonic()):
            await self.flush()

    async def flush(self) -> None:
        """Store what is in hand and pass it. One at a time: a revoke waits for its turn."""
        async with self._turn:
            batch, self._batch = self._batch, Batch(opened_at=time.monotonic())
            if not batch.positions:
                return
            self._storing = asyncio.create_task(self._store(batch))
            try:
                await self._poll_during(self._storing)
            except asyncio.CancelledError:
                if not self._storing.cancelled():
                    raise
                self._metrics.abandoned.inc()
                log.warning("batch abandoned without a commit", extra={"rows": batch.rows})
            finally:
                self._storing.cancel()
                self._storing = None

    async def hand_over(self) -> None:
        """What a revoke and a stop have in common: the same flush, but not for ever."""
        limit = asyncio.get_running_loop().call_later(self._patience.hand_over_s, self._abandon)
        try:
            await self.flush()
        finally:
            limit.cancel()

    def stop(self) -> None:
        """End `run` soon: at the latest when a last flush has had its time."""
        self._stopping = True
        asyncio.get_running_loop().call_later(self._patience.hand_over_s, self._abandon)

    def _abandon(self) -> None:
        """The only one who cancels a batch being stored, from outside of whoever waits for it:
        that is `flush`, called by `step` or by a revoke, which then goes on without it."""
        if self._storing is not None:
            self._storing.cancel()

    async def _store(self, batch: Batch) -> None:
        if batch.dead:
            await self._bury(batch.dead)
        if batch.rows:
            await self._storage.insert(batch)
        if not await self._persistence.until_done(
            "commit", lambda: self._feed.commit(batch.positions)
        ):
            self._metrics.abandoned.inc()
            log.warning("partitions moved before the commit: their next owner repeats the batch")
            return
        self._metrics.last_success.set_to_current_time()

    async def _bury(self, letters: Sequence[DeadLetter]) -> None:
        await self._persistence.until_done("bury", lambda: self._dead_letters.bury(letters))
        for letter in letters:
            self._metrics.dead_letters.labels(letter.reason).inc()
            log.warning(
                "dead letter",
                extra={
                    "reason": letter.reason,
                    "partition": letter.source_partition,
                    "offset": letter.source_offset,
                },
            )

    async def _poll_during(self, storing: asyncio.Task[None]) -> None:
        """Wait for the batch, and show the group meanwhile that this member is alive."""
        paused = False
        while not storing.done():
            await asyncio.wait({storing}, timeout=self._patience.keep_alive_s)
            if not storing.done():
                await self._persistence.until_done("fetch", self._feed.keep_alive)
                paused = True
        if paused:
            self._feed.resume()
        storing.result()
