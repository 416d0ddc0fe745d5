"""Kafka's ack or an error, within a deadline: what the 202 rests on.

`acks=all` and an idempotent producer: an acknowledged event is on every in-sync replica, and the
producer's own retries do not double it. While Kafka is away aiokafka retries for ever, so each
request has its own deadline, after which the event may or may not arrive: the client sends the
same event again. Only so many requests wait at a time; a producer that broke is replaced.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, KafkaTimeoutError, ProducerClosed

from ugc_api.metrics import Metrics
from ugc_events import ViewProgress, encode, partition_key

log = logging.getLogger(__name__)

MAX_WAITING = 4096
"""Requests waiting for an ack. At a few kilobytes each they stay small while Kafka is away."""

MAX_BATCH_BYTES = 256 * 1024
_RECONNECT_S = 1.0
_STOP_S = 3.0


class NotAcknowledged(Exception):
    """No ack in time: nobody knows whether Kafka has the event. `reason` is the metric's label."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Receipt:
    """Where the event lies in the topic."""

    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.partition}-{self.offset}"


class Publisher:
    """Usable at once; acknowledges from when Kafka is reached, and again after it comes back."""

    def __init__(self, brokers: str, topic: str, deadline_s: float, metrics: Metrics) -> None:
        self._brokers = brokers
        self._topic = topic
        self._deadline_s = deadline_s
        self._metrics = metrics
        self._producer: AIOKafkaProducer | None = None
        self._connected = asyncio.Event()
        self._broken = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Publisher":
        self._keeper = asyncio.create_task(self._keep_connected())
        return self

    async def __aexit__(self, *exc: object) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.wait({self._keeper})

    async def publish(
        self, event: ViewProgress, headers: Sequence[tuple[str, bytes]] = ()
    ) -> Receipt | None:
        """Returns once every in-sync replica has `event`; None when Kafka had it already from an
        earlier try and no longer knows where. Raises NotAcknowledged."""
        if self._metrics.waiting >= MAX_WAITING:
            raise NotAcknowledged("too_many_waiting")
        producer: AIOKafkaProducer | None = None
        self._metrics.waiting += 1
        started = time.perf_counter()
        try:
            async with asyncio.timeout(self._deadline_s):
                producer = self._producer or await self._next_producer()
                ack = await producer.send(
                    self._topic,
                    value=encode(event),
                    key=partition_key(event.user_id),
                    headers=headers,
                )
                record = await ack
        except (TimeoutError, KafkaTimeoutError):
            raise NotAcknowledged("deadline" if producer else "not_connected") from None
        except KafkaError as error:
            if not error.retriable:
                self._replace(producer, error)
            raise NotAcknowledged("broker") from error
        finally:
            self._metrics.waiting -= 1
            self._metrics.produce_seconds.observe(time.perf_counter() - started)
        # An answer to a repeated batch that the broker has forgotten carries no position.
        return Receipt(record.partition, record.offset) if record.log_start_offset >= 0 else None

    async def missing(self) -> list[str]:
        """What keeps events from being published now; empty = nothing."""
        if self._producer is None:
            return ["kafka"]
        client = self._producer.client
        try:
            async with asyncio.timeout(2):
                if not await client.force_metadata_update():
                    return ["kafka"]
        except TimeoutError:
            return ["kafka"]
        partitions = client.cluster.partitions_for_topic(self._topic)
        if not partitions:
            return [f"topic {self._topic}"]
        led = client.cluster.available_partitions_for_topic(self._topic)
        return [] if led == partitions else [f"leaders of topic {self._topic}"]

    async def _next_producer(self) -> AIOKafkaProducer:
        while self._producer is None:
            await self._connected.wait()
        return self._producer

    def _replace(self, producer: AIOKafkaProducer | None, error: KafkaError) -> None:
        if producer is not None and self._producer is producer:
            log.error("producer broke, replacing it", extra={"error": type(error).__name__})
            self._metrics.producers_replaced.inc()
            self._producer = None
            self._connected.clear()
            self._broken.set()

    async def _keep_connected(self) -> None:
        while True:
            producer = new_producer(self._brokers, self._deadline_s)
            try:
                await producer.start()
                # Known beforehand, so that the first request does not pay for it.
                await producer.client.add_topic(self._topic)
                log.info("connected to Kafka")
                self._producer = producer
                self._connected.set()
                await self._broken.wait()
            except (KafkaError, OSError, ValueError, OverflowError) as error:
                # Not only KafkaError: a broker's address may be no address. Whatever it was, a
                # keeper that ended would leave the API without Kafka and without a word.
                log.warning(
                    "Kafka is away", extra={"error": type(error).__name__, "detail": str(error)}
                )
                await asyncio.sleep(_RECONNECT_S)
            except Exception:
                log.exception("cannot connect to Kafka")
                await asyncio.sleep(_RECONNECT_S)
            finally:
                self._producer = None
                self._connected.clear()
                self._broken.clear()
                await _stop(producer)


def new_producer(brokers: str, deadline_s: float) -> AIOKafkaProducer:
    """What the promise rests on: every in-sync replica acknowledges, and a retry is no second
    record."""
    return AIOKafkaProducer(
        bootstrap_servers=brokers,
        acks="all",
        enable_idempotence=True,
        linger_ms=0,
        max_batch_size=MAX_BATCH_BYTES,
        request_timeout_ms=max(1000, round(deadline_s * 1000)),
    )


async def _stop(producer: AIOKafkaProducer) -> None:
    """Flush, but not for ever: without a broker a stop would wait until there is one. What is
    unacknowledged then is given up; none of it was answered 202."""
    try:
        async with asyncio.timeout(_STOP_S):
            await producer.flush()
    except TimeoutError:
        log.warning("producer stopped with events unacknowledged")
        # Private, and the only way to have `stop` neither wait nor leave its tasks behind.
        producer._message_accumulator.fail_all(ProducerClosed())
    try:
        async with asyncio.timeout(_STOP_S):
            await producer.stop()
    except Exception:
        # Whatever it is, the next producer must not be kept from starting.
        log.exception("producer did not stop cleanly")
        with suppress(KafkaError, OSError):
            await producer.client.close()
