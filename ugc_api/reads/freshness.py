"""`as_of`: until when an answer from ClickHouse holds all that was acknowledged.

Every event that was answered with 202 before that moment is in the answer, unless it is in the
dead letters. It comes from Kafka, and is always read before ClickHouse is: what is stored later
only makes the answer newer than it says.
"""

import asyncio
import logging
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from aiokafka.errors import KafkaError
from aiokafka.partitioner import DefaultPartitioner

from ugc_api.metrics import Metrics
from ugc_api.reads.offsets import Offsets, PartitionOffsets
from ugc_events import partition_key

log = logging.getLogger(__name__)

SHARED_S = 0.1
"""A reading so old still serves: an older `as_of` promises less, so it is true all the same."""

RETRY_S = 1.0

_partition_of = DefaultPartitioner()  # the producer's


@dataclass(frozen=True)
class Reading:
    """Where the worker was in each partition at `began` (UTC) or a little later; `caught_up` says
    when each partition was last known to be stored to its end."""

    began: datetime
    offsets: Mapping[int, PartitionOffsets]
    caught_up: Mapping[int, datetime] = field(default_factory=dict)

    def partition(self, user_id: UUID) -> int:
        """Where the producer puts this viewer's events."""
        numbers = sorted(self.offsets)
        return int(_partition_of(partition_key(user_id), numbers, numbers))

    def as_of(self, user_id: UUID) -> datetime | None:
        """Of the viewer's own events; None when the worker has never said."""
        return self._as_of(self.partition(user_id))

    def oldest(self) -> datetime | None:
        """Of everybody's events."""
        moments = [self._as_of(number) for number in self.offsets]
        return None if None in moments else min(filter(None, moments), default=None)

    def _as_of(self, number: int) -> datetime | None:
        at = self.offsets[number]
        if at.committed >= at.end:
            return self.began
        known = filter(None, (_received_at(at.metadata), self.caught_up.get(number)))
        return max(known, default=None)


class Freshness:
    """One reading at a time, shared by who asks within SHARED_S. While Kafka is away nobody waits
    for it: the answer is None at once, and it is asked again every RETRY_S."""

    def __init__(
        self,
        offsets: Offsets,
        metrics: Metrics,
        monotonic: Callable[[], float] = time.monotonic,
        retry_s: float = RETRY_S,
    ) -> None:
        self._offsets = offsets
        self._metrics = metrics
        self._monotonic = monotonic
        self._retry_s = retry_s
        self._begun = -math.inf
        self._current: asyncio.Task[Reading | None] | None = None
        self._recovering: asyncio.Task[None] | None = None
        self._caught_up: dict[int, datetime] = {}

    async def __aenter__(self) -> "Freshness":
        self._begin()  # so that the first request finds a connection
        return self

    async def __aexit__(self, *exc: object) -> None:
        tasks = {task for task in (self._current, self._recovering) if task is not None}
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        await self._offsets.close()

    async def reading(self, begun_after: float | None = None) -> Reading | None:
        """A shared one, or one begun after that moment of the monotonic clock; None while Kafka
        is away."""
        wanted = self._monotonic() - SHARED_S if begun_after is None else begun_after
        while not self._away:
            current = self._current
            if current is None or (current.done() and self._begun < wanted):
                self._begin()
            elif begun_after is None or self._begun >= wanted:
                return await asyncio.shield(current)
            else:
                await asyncio.wait({current})
        return None

    @property
    def _away(self) -> bool:
        return self._recovering is not None and not self._recovering.done()

    def _begin(self) -> None:
        self._begun = self._monotonic()
        self._current = asyncio.create_task(self._take())

    async def _take(self) -> Reading | None:
        reading = await self._ask()
        if reading is None:
            self._recovering = asyncio.create_task(self._recover())
        return reading

    async def _recover(self) -> None:
        while True:
            await asyncio.sleep(self._retry_s)
            if await self._ask() is not None:
                log.info("Kafka says again how fresh reads are")
                return

    async def _ask(self) -> Reading | None:
        began = datetime.now(UTC)
        try:
            offsets = await self._offsets.read()
        except (KafkaError, OSError, TimeoutError, ValueError, OverflowError) as error:
            self._metrics.read_failures.labels("kafka").inc()
            if not self._away:
                log.warning("it is not known how fresh reads are", extra={"error": _text(error)})
            return None
        except Exception:
            # Whatever it was, reads go on without it.
            self._metrics.read_failures.labels("kafka").inc()
            log.exception("it is not known how fresh reads are")
            return None
        reading = Reading(began, offsets, dict(self._caught_up))
        for number, at in offsets.items():
            if at.committed >= at.end:
                self._caught_up[number] = began
        return reading


def timestamp(moment: datetime | None) -> str | None:
    """As answers have it: UTC, milliseconds (the rest is cut off), `Z`."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _received_at(metadata: str) -> datetime | None:
    """The newest `received_at` the worker has stored; other tools commit with other texts."""
    try:
        moment = datetime.fromisoformat(metadata)
    except ValueError:
        return None
    return None if moment.tzinfo is None else moment


def _text(error: BaseException) -> str:
    return str(error) or type(error).__name__
