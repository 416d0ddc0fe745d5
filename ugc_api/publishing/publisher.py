"""Kafka's ack or an error, within a deadline: what the 202 rests on.

While Kafka is away aiokafka retries for ever, so each request has its own deadline, after which the
event may or may not arrive: the client sends the same event again. Only so many requests wait at a
time.
"""

import asyncio
import time
from collections.abc import Sequence
from typing import NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, KafkaTimeoutError

from configuration.kafka import Brokers
from ugc_api.metrics import Metrics
from ugc_api.publishing.deadlines import Deadlines
from ugc_api.publishing.lanes import Lanes
from ugc_api.publishing.producers import Producers
from ugc_api.publishing.record_batches import RecordBatch, record_batches
from ugc_events import ViewProgress, encode

MAX_WAITING = 4096
"""Single events waiting for an ack. At a few kilobytes each they stay small while Kafka is away.
Batches are counted where they come in."""

RecordHeaders = Sequence[tuple[str, bytes]]


class NotAcknowledged(Exception):
    """No ack in time: nobody knows whether Kafka has the event. `reason` is the metric's label."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Receipt(NamedTuple):
    """Where the event lies in the topic."""

    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.partition}-{self.offset}"


class Publisher:
    """Usable at once; acknowledges from when Kafka is reached, and again after it comes back."""

    def __init__(self, brokers: Brokers, topic: str, deadline_s: float, metrics: Metrics) -> None:
        self._producers = Producers(brokers, topic, deadline_s, metrics)
        self._lanes = Lanes(topic)
        self._deadlines = Deadlines()
        self._topic = topic
        self._deadline_s = deadline_s
        self._metrics = metrics
        self._singles = 0

    async def __aenter__(self) -> "Publisher":
        await self._producers.__aenter__()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._producers.__aexit__(*exc)

    async def missing(self) -> list[str]:
        """What keeps events from being published now; empty = nothing."""
        return await self._producers.missing()

    async def publish(self, event: ViewProgress, headers: RecordHeaders = ()) -> Receipt | None:
        """Returns once every in-sync replica has `event`; None when Kafka had it already from an
        earlier try and no longer knows where. Raises NotAcknowledged."""
        if self._singles >= MAX_WAITING:
            raise NotAcknowledged("too_many_waiting")
        producer: AIOKafkaProducer | None = None
        self._singles += 1
        self._metrics.waiting += 1
        started = time.perf_counter()
        try:
            producer = self._producers.current
            if producer is None:
                async with asyncio.timeout(self._deadline_s):
                    producer = await self._producers.connected()
            left_s = started + self._deadline_s - time.perf_counter()
            ack = await self._lanes.append(producer, event.user_id, encode(event), headers, left_s)
            self._deadlines.watch(ack, started + self._deadline_s - time.perf_counter())
            record = await ack
        except (TimeoutError, KafkaTimeoutError):
            raise NotAcknowledged("deadline" if producer else "not_connected") from None
        except KafkaError as error:
            self._producers.give_up(producer, error)
            raise NotAcknowledged("broker") from error
        finally:
            self._singles -= 1
            self._metrics.waiting -= 1
            self._metrics.produce_seconds.add(time.perf_counter() - started)
        # An answer to a repeated batch that the broker has forgotten carries no position.
        return Receipt(record.partition, record.offset) if record.log_start_offset >= 0 else None

    async def publish_all(
        self, events: Sequence[ViewProgress], headers: RecordHeaders = ()
    ) -> list[NotAcknowledged | None]:
        """Whether every in-sync replica has each of `events`, in their order: None, or why that
        is not known. One deadline holds for all of them."""
        outcomes: list[NotAcknowledged | None] = [NotAcknowledged("not_connected")] * len(events)
        producer: AIOKafkaProducer | None = None
        self._metrics.waiting += len(events)
        started = time.perf_counter()
        try:
            async with asyncio.timeout(self._deadline_s):
                producer = await self._producers.connected()
                outcomes = [NotAcknowledged("deadline")] * len(events)
                partitions = sorted(await producer.partitions_for(self._topic))
                batches = await record_batches(events, partitions, headers)
                async with asyncio.TaskGroup() as group:
                    for partition, parts in batches.items():
                        group.create_task(self._send_in_turn(producer, partition, parts, outcomes))
        except TimeoutError:
            pass  # the outcomes say so
        except KafkaError as error:
            self._producers.give_up(producer, error)
        finally:
            self._metrics.waiting -= len(events)
            self._metrics.produce_seconds.add(time.perf_counter() - started)
        return outcomes

    async def _send_in_turn(
        self,
        producer: AIOKafkaProducer,
        partition: int,
        batches: Sequence[RecordBatch],
        outcomes: list[NotAcknowledged | None],
    ) -> None:
        """One after the other, so that a viewer's events keep their order."""
        acks: list[asyncio.Future[object]] = []
        try:
            for batch in batches:
                ack = await self._hand_over(producer, partition, batch)
                acks.append(ack)
            await asyncio.wait(acks)
        except KafkaError as error:
            self._producers.give_up(producer, error)
        finally:
            for batch, ack in zip(batches, acks, strict=False):
                if not ack.done():
                    ack.add_done_callback(_look_at)
                    continue
                failure = ack.exception()
                if isinstance(failure, KafkaError):
                    self._producers.give_up(producer, failure)
                for index in batch.indexes:
                    outcomes[index] = None if failure is None else NotAcknowledged("broker")

    async def _hand_over(
        self, producer: AIOKafkaProducer, partition: int, batch: RecordBatch
    ) -> "asyncio.Future[object]":
        """The ack to come. aiokafka counts its own limit down too fast while others use the same
        partition (each time it looks, from the beginning); ours is the caller's deadline."""
        while True:
            try:
                ack: asyncio.Future[object] = await producer.send_batch(
                    batch.builder, self._topic, partition=partition
                )
            except KafkaTimeoutError:
                await asyncio.sleep(0)
            else:
                return ack


def _look_at(late: "asyncio.Future[object]") -> None:
    """aiokafka leaves a record batch's error to who sent it; unread it would be logged as lost."""
    if not late.cancelled():
        late.exception()
