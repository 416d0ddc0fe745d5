"""The topic as the worker reads it: records in, positions back, partitions coming and going.

Static membership: a worker that comes back under its id within the session time-out has its
partitions again at once. Heartbeats go on by themselves; `fetch` and `keep_alive` are the proof
of life that `max_poll_interval` asks for.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from aiokafka import (
    AIOKafkaConsumer,
    ConsumerRebalanceListener,
    ConsumerRecord,
    OffsetAndMetadata,
    TopicPartition,
)
from aiokafka.errors import (
    CommitFailedError,
    IllegalStateError,
    KafkaError,
    NoOffsetForPartitionError,
    OffsetOutOfRangeError,
)

from etl.batch import Position
from etl.exits import LostPosition
from etl.metrics import Metrics
from etl.offset_fetch import raise_errors_of_offset_fetch

log = logging.getLogger(__name__)

_LAG_EVERY_S = 5.0


@dataclass(frozen=True)
class FeedPolicy:
    """Times of the consumer group; a member silent for `session_s` is replaced by another."""

    session_s: float = 30.0
    rebalance_s: float = 60.0
    poll_interval_s: float = 300.0


class Feed(ConsumerRebalanceListener):  # type: ignore[misc]  # untyped client
    """One member of the group. `on_revoke` is awaited before partitions are given up."""

    def __init__(
        self,
        brokers: str,
        topic: str,
        group: str,
        instance: str | None,
        policy: FeedPolicy,
        metrics: Metrics,
    ) -> None:
        self._topic = topic
        self._metrics = metrics
        self._policy = policy
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=brokers,
            group_id=group,
            group_instance_id=instance,
            enable_auto_commit=False,
            auto_offset_reset="none",
            session_timeout_ms=round(policy.session_s * 1000),
            rebalance_timeout_ms=round(policy.rebalance_s * 1000),
            max_poll_interval_ms=round(policy.poll_interval_s * 1000),
            # The broker gathers for a moment: at a few hundred events a second this is the
            # difference between a fetch per event and ten fetches a second.
            fetch_min_bytes=64 * 1024,
            fetch_max_wait_ms=100,
        )
        self._on_revoke: Callable[[], Awaitable[None]] | None = None
        self._held = asyncio.Event()
        self._passed: dict[TopicPartition, int] = {}
        self._as_of: dict[TopicPartition, datetime] = {}
        self._watching: asyncio.Task[None] | None = None

    async def open(self, on_revoke: Callable[[], Awaitable[None]]) -> None:
        """Join the group; partitions arrive later."""
        self._on_revoke = on_revoke
        await self._consumer.start()
        raise_errors_of_offset_fetch(self._consumer)
        self._consumer.subscribe([self._topic], listener=self)
        self._watching = asyncio.create_task(self._watch_lag())

    async def close(self) -> None:
        """Leave the topic; with an instance id the group keeps our place for the session time."""
        self._held.clear()
        if self._watching is not None:
            self._watching.cancel()
        try:
            await asyncio.wait_for(self._consumer.stop(), timeout=10)
        except TimeoutError:
            log.warning("the brokers are away: left the group without saying so")

    @property
    def holds_partitions(self) -> bool:
        return self._held.is_set()

    async def fetch(
        self, max_records: int, patience: float
    ) -> Mapping[TopicPartition, Sequence[ConsumerRecord]]:
        """Records that have arrived, by partition, waiting at most `patience` seconds for the
        first. Raises LostPosition and KafkaError."""
        nothing: Mapping[TopicPartition, Sequence[ConsumerRecord]] = {}
        if not self._held.is_set():
            # Not inside aiokafka: it would wait for a rebalance without a limit.
            await asyncio.wait({asyncio.create_task(self._held.wait())}, timeout=patience)
            return nothing
        try:
            fetched: Mapping[
                TopicPartition, Sequence[ConsumerRecord]
            ] = await self._consumer.getmany(
                timeout_ms=round(patience * 1000), max_records=max_records
            )
        except NoOffsetForPartitionError as error:
            await self._start_at_the_earliest(error.args[0])
            return nothing
        except OffsetOutOfRangeError as error:
            raise LostPosition(self._explain(error.args[0])) from error
        return fetched

    async def keep_alive(self) -> None:
        """Poll without taking records, while a batch cannot be stored."""
        if self._held.is_set():
            self._consumer.pause(*self._consumer.assignment())
            await self._consumer.getmany(timeout_ms=0)
            self._metrics.paused.set(1)

    def resume(self) -> None:
        """Take records again after `keep_alive`."""
        self._consumer.resume(*self._consumer.paused())
        self._metrics.paused.set(0)

    async def commit(self, positions: Mapping[TopicPartition, Position]) -> bool:
        """Pass exactly these positions; False when the partitions are no longer ours.

        The metadata says how fresh ClickHouse is: the newest `received_at` stored so far.
        """
        offsets = {}
        for partition, position in positions.items():
            as_of = max(filter(None, (position.as_of, self._as_of.get(partition))), default=None)
            if as_of is not None:
                self._as_of[partition] = as_of
            metadata = as_of.isoformat(timespec="milliseconds") if as_of else ""
            offsets[partition] = OffsetAndMetadata(position.offset, metadata)
        try:
            await self._consumer.commit(offsets)
        except (CommitFailedError, IllegalStateError):
            return False
        self._passed |= {partition: position.offset for partition, position in positions.items()}
        return True

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        # Before anything else: a poll would now wait for the new assignment, which waits for us.
        self._held.clear()
        if revoked and self._on_revoke is not None:
            await self._on_revoke()
        self._passed.clear()
        self._as_of.clear()
        self._metrics.forget_partitions()

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        # No heartbeat goes out before this returns: nothing here may wait.
        log.info("partitions assigned", extra={"partitions": sorted(p.partition for p in assigned)})
        self._metrics.partitions.set(len(assigned))
        self._held.set()

    async def _watch_lag(self) -> None:
        """Also while nothing can be stored: then it is what grows."""
        while True:
            await asyncio.sleep(_LAG_EVERY_S)
            if not self._held.is_set():
                continue
            try:
                ends = await self._consumer.end_offsets(self._consumer.assignment())
                for partition, end in ends.items():
                    passed = self._passed.get(partition)
                    if passed is None:
                        passed = await self._consumer.committed(partition) or 0
                    self._metrics.lag.labels(partition.partition).set(max(0, end - passed))
            except KafkaError as error:
                log.info("lag not known", extra={"error": type(error).__name__})

    async def _start_at_the_earliest(self, partition: TopicPartition) -> None:
        # Replaying is always safe, skipping never is.
        log.warning(
            "no committed offset: reading from the earliest",
            extra={"partition": partition.partition},
        )
        self._metrics.started_at_earliest.inc()
        await self._consumer.seek_to_beginning(partition)

    def _explain(self, positions: Mapping[TopicPartition, int]) -> str:
        where = ", ".join(f"{p.topic}-{p.partition} at {o}" for p, o in positions.items())
        return (
            f"the committed position is outside the log ({where}): records expired before they "
            "were stored, or the topic was made anew. See `python -m etl status`; to go on from "
            "what is left, stop the workers and run kafka-consumer-groups.sh --reset-offsets "
            "--to-earliest --execute for this group and topic"
        )
