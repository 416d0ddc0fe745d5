"""The producer: connected as soon as Kafka is there, and replaced when it broke.

`acks=all` and idempotent: an acknowledged event is on every in-sync replica, and the producer's own
retries do not double it.
"""

import asyncio
import logging
from contextlib import suppress

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, ProducerClosed

from configuration.kafka import Brokers
from ugc_api.metrics import Metrics

log = logging.getLogger(__name__)

MAX_BATCH_BYTES = 256 * 1024
_RECONNECT_S = 1.0
_STOP_S = 3.0


class Producers:
    """One at a time."""

    def __init__(self, brokers: Brokers, topic: str, deadline_s: float, metrics: Metrics) -> None:
        self._brokers = brokers
        self._topic = topic
        self._deadline_s = deadline_s
        self._metrics = metrics
        self._producer: AIOKafkaProducer | None = None
        self._connected = asyncio.Event()
        self._broken = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Producers":
        self._keeper = asyncio.create_task(self._keep_connected())
        return self

    async def __aexit__(self, *exc: object) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.wait({self._keeper})

    @property
    def current(self) -> AIOKafkaProducer | None:
        """The producer, or None while there is none."""
        return self._producer

    async def connected(self) -> AIOKafkaProducer:
        """The producer; waits without a limit while there is none."""
        while self._producer is None:
            await self._connected.wait()
        return self._producer

    def give_up(self, producer: AIOKafkaProducer | None, error: KafkaError) -> None:
        """The producer too, after an error that none of its retries can heal."""
        if error.retriable:
            return
        if producer is not None and self._producer is producer:
            log.error(
                "producer broke, replacing it",
                extra={"error": type(error).__name__, "detail": str(error)},
            )
            self._metrics.producers_replaced.inc()
            self._producer = None
            self._connected.clear()
            self._broken.set()

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


def new_producer(brokers: Brokers, deadline_s: float) -> AIOKafkaProducer:
    """What the promise rests on: every in-sync replica acknowledges, and a retry is no second
    record."""
    return AIOKafkaProducer(
        **brokers.client(),
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
