"""The topic as the worker reads it: records in, positions back, partitions coming and going.

Static membership: a worker that comes back under its id within the session time-out has its
partitions again at once. Heartbeats go on by themselves; `fetch` and `keep_alive` are the proof
of life that `max_poll_interval` asks for.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from aiokafka import (
    AIOKafkaConsumer,
    ConsumerRebalanceListener,
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

from client_gaps import Record, bare, close_gaps, committed, polling, raise_group_errors
from configuration.kafka import Brokers
from etl.batch import Position
from etl.exits import LostPosition, MissingTopic
from etl.metrics import Metrics

log = logging.getLogger(__name__)

_LAG_EVERY_S = 5.0
_CLOSE_S = 5.0
_REBALANCE_GRACE_S = 0.2

Records = Mapping[TopicPartition, Sequence[Record]]


@dataclass(frozen=True)
class FeedPolicy:
    """Times of the consumer group; a member silent for `session_s` is replaced by another."""

    session_s: float = 30.0
    rebalance_s: float = 60.0
    poll_interval_s: float = 300.0


def member(
    brokers: Brokers, group: str, instance: str | None, policy: FeedPolicy
) -> AIOKafkaConsumer:
    """A consumer that commits nothing by itself and never resets a position by itself."""
    return AIOKafkaConsumer(
        **brokers.client(),
        group_id=group,
        group_instance_id=instance,
        enable_auto_commit=False,
        auto_offset_reset="none",
        session_timeout_ms=round(policy.session_s * 1000),
        rebalance_timeout_ms=round(policy.rebalance_s * 1000),
        max_poll_interval_ms=round(policy.poll_interval_s * 1000),
        heartbeat_interval_ms=1000,  # by its answer a member hears that partitions move
        value_deserializer=bare,
        # The broker gathers for a moment: at a few hundred events a second this is the
        # difference between a fetch per event and ten fetches a second.
        fetch_min_bytes=64 * 1024,
        fetch_max_wait_ms=100,
        # More in one answer would be copied about in asyncio's buffer while it grows.
        fetch_max_bytes=1024 * 1024,
    )


class Feed(ConsumerRebalanceListener):  # type: ignore[misc]  # untyped client
    """One member of the group. `on_revoke` is awaited before partitions are given up."""

    def __init__(self, consumer: AIOKafkaConsumer, topic: str, metrics: Metrics) -> None:
        self._consumer = consumer
        self._topic = topic
        self._metrics = metrics
        self._on_revoke: Callable[[], Awaitable[None]] | None = None
        self._held = asyncio.Event()
        self._connected = False
        self._share = 0
        self._paused = False
        self._fetching: asyncio.Task[tuple[int, Records]] | None = None
        self._passed: dict[TopicPartition, int] = {}
        self._as_of: dict[TopicPartition, datetime | None] = {}
        self._watching: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        """Reach the brokers. Raises MissingTopic and KafkaError."""
        if not self._connected:
            await self._consumer.start()
            self._connected = True
        if self._topic not in await self._consumer.topics():
            raise MissingTopic(self._topic)

    def join(self, on_revoke: Callable[[], Awaitable[None]]) -> None:
        """Join the group; partitions arrive later."""
        self._on_revoke = on_revoke
        close_gaps(self._consumer)
        self._consumer.subscribe([self._topic], listener=self)
        self._watching = asyncio.create_task(self._watch_lag())

    async def close(self) -> None:
        """Leave the topic; with an instance id the group keeps our place for the session time."""
        self._held.clear()
        if self._watching is not None:
            self._watching.cancel()
        try:
            await asyncio.wait_for(self._consumer.stop(), timeout=_CLOSE_S)
        except TimeoutError:
            log.warning("the brokers are away: left the group without saying so")

    @property
    def in_group(self) -> bool:
        """Whether it has its share of the partitions, be it none of them."""
        return self._held.is_set()

    async def fetch(self, max_records: int, patience: float) -> Records:
        """Records that have arrived, by partition, waiting about `patience` seconds for the
        first. Raises LostPosition and KafkaError."""
        if not self._held.is_set():
            with polling(self._consumer), suppress(TimeoutError):
                await asyncio.wait_for(self._held.wait(), patience)
            raise_group_errors(self._consumer)
            return {}
        if self._fetching is None:
            self._fetching = asyncio.create_task(self._poll(max_records, patience))
        # aiokafka waits for a rebalance without a limit; we come back to it later instead.
        await asyncio.wait({self._fetching}, timeout=patience + _REBALANCE_GRACE_S)
        if not self._fetching.done():
            return {}
        fetching, self._fetching = self._fetching, None
        share, records = fetching.result()
        # Of partitions given up since: whoever has them now reads these again. Taken along, they
        # could be passed before what was abandoned in front of them is stored.
        return records if share == self._share else {}

    async def keep_alive(self) -> None:
        """Poll without taking records, while a batch cannot be stored."""
        if self._held.is_set():
            self._consumer.pause(*self._consumer.assignment())
            await self._poll(max_records=1, patience=0)
            if not self._paused:
                self._paused = True
                self._metrics.paused.set(1)
                log.warning("a batch cannot be stored yet: partitions paused")

    def resume(self) -> None:
        """Take records again after `keep_alive`."""
        if self._paused:
            self._paused = False
            self._consumer.resume(*self._consumer.paused())
            self._metrics.paused.set(0)
            log.info("the batch is done with: partitions resumed")

    async def commit(self, positions: Mapping[TopicPartition, Position]) -> bool:
        """Pass exactly these positions; False when the partitions are no longer ours.

        The metadata says how fresh ClickHouse is: the newest `received_at` stored so far.
        """
        try:
            await self._recall_as_of(positions)
            offsets = {}
            for partition, position in positions.items():
                known = filter(None, (position.as_of, self._as_of[partition]))
                as_of = self._as_of[partition] = max(known, default=None)
                metadata = as_of.isoformat(timespec="milliseconds") if as_of else ""
                offsets[partition] = OffsetAndMetadata(position.offset, metadata)
            await self._consumer.commit(offsets)
        except (CommitFailedError, IllegalStateError):
            return False
        self._passed |= {partition: position.offset for partition, position in positions.items()}
        return True

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        # Before anything else: a poll would now wait for the new assignment, which waits for us.
        self._held.clear()
        self._share += 1
        if revoked and self._on_revoke is not None:
            with polling(self._consumer):
                await self._on_revoke()
        self._passed.clear()
        self._as_of.clear()
        self._metrics.forget_partitions()

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        # No heartbeat goes out before this returns: nothing here may wait.
        log.info("partitions assigned", extra={"partitions": sorted(p.partition for p in assigned)})
        self._metrics.partitions.set(len(assigned))
        self._held.set()

    async def _recall_as_of(self, partitions: Iterable[TopicPartition]) -> None:
        """What the partition's last owner stored last, so that freshness never runs backwards."""
        unknown = [partition for partition in partitions if partition not in self._as_of]
        if unknown:
            before = await committed(self._consumer, unknown)
            for partition in unknown:
                text = before[partition].metadata if partition in before else ""
                self._as_of[partition] = datetime.fromisoformat(text) if text else None

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
            except Exception:
                log.exception("lag not known")

    async def _poll(self, max_records: int, patience: float) -> tuple[int, Records]:
        """Records, and of which share: read in the very step in which they are handed out, so
        that neither a revoke before it nor one after it is mistaken."""
        try:
            records: Records = await self._consumer.getmany(
                timeout_ms=round(patience * 1000), max_records=max_records
            )
        except NoOffsetForPartitionError as error:
            await self._start_at_the_earliest(error.args[0])
            records = {}
        except OffsetOutOfRangeError as error:
            raise LostPosition(self._explain(error.args[0])) from error
        return self._share, records

    async def _start_at_the_earliest(self, partition: TopicPartition) -> None:
        ends = await self._consumer.end_offsets([partition])
        starts = await self._consumer.beginning_offsets([partition])
        if partition not in self._consumer.assignment():
            return  # given up meanwhile: no longer ours to say
        if ends[partition] > starts[partition]:
            # Replaying is always safe, skipping never is.
            log.warning(
                "no committed offset: reading from the earliest",
                extra={"partition": partition.partition},
            )
            self._metrics.started_at_earliest.inc()
        with suppress(IllegalStateError):
            await self._consumer.seek_to_beginning(partition)

    def _explain(self, positions: Mapping[TopicPartition, int]) -> str:
        where = ", ".join(f"{p.topic}-{p.partition} at {o}" for p, o in positions.items())
        return (
            f"the committed position is outside the log ({where}): records expired before they "
            "were stored, or the topic was made anew. See `python -m etl status`; to go on from "
            "what is left, stop the workers and run `python -m etl rewind --to earliest --group`"
        )
