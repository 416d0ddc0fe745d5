"""Each event of a batch is acknowledged, or not, as its own record batch is."""

import asyncio
import gc
import logging
import time

import pytest
from aiokafka.errors import (
    KafkaError,
    NotEnoughReplicasError,
    OutOfOrderSequenceNumber,
    TopicAuthorizationFailedError,
)

from tests.unit.ugc_api.producing import ACK, NO_ACK, Kafka, Raised, events, full


async def test_what_every_replica_has_is_acknowledged() -> None:
    kafka, given = Kafka(), events(3)
    assert await kafka.reasons(given) == [None, None, None]
    assert [record.event for sent in kafka.producer.sent for record in sent.records] == given


@pytest.mark.parametrize(
    ("failure", "replaced"), [(NotEnoughReplicasError(), 0), (OutOfOrderSequenceNumber(), 1)]
)
async def test_a_failed_record_batch_fails_its_own_events_only(
    failure: KafkaError, replaced: int
) -> None:
    """And the producer goes with it when none of its retries can heal that."""
    for steps, reasons in (
        ((ACK, failure), [None, "broker"]),
        ((failure, ACK), ["broker", None]),
        ((ACK, failure, ACK), [None, "broker", None]),
    ):
        kafka = Kafka(*steps)
        assert await kafka.reasons(events(len(steps))) == reasons
        assert kafka.replaced == replaced
        assert await _connected(kafka) is not bool(replaced)


async def test_two_record_batches_that_broke_replace_one_producer() -> None:
    kafka = Kafka(OutOfOrderSequenceNumber(), OutOfOrderSequenceNumber())
    assert await kafka.reasons(events(2)) == ["broker", "broker"]
    assert kafka.replaced == 1


async def test_a_topic_that_is_forbidden_is_told_in_the_log(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def forbidden(topic: str) -> set[int]:
        raise TopicAuthorizationFailedError(topic)

    kafka = Kafka()
    monkeypatch.setattr(kafka.producer, "partitions_for", forbidden)
    assert await kafka.reasons(events(2)) == ["deadline", "deadline"]
    assert kafka.replaced == 1
    (line,) = caplog.records
    assert (line.error, line.detail) == (  # type: ignore[attr-defined]
        "TopicAuthorizationFailedError",
        "[Error 29] TopicAuthorizationFailedError: views",
    )


async def test_an_ack_that_never_comes_is_given_up_at_the_deadline() -> None:
    kafka = Kafka(ACK, NO_ACK, ACK, deadline_s=0.2)
    started = time.monotonic()
    assert await kafka.reasons(events(3)) == [None, "deadline", None]
    assert 0.19 < time.monotonic() - started < 5
    assert kafka.replaced == 0


async def test_nobody_is_told_of_an_ack_that_came_too_late(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)
    kafka = Kafka(NotEnoughReplicasError(), NO_ACK, NO_ACK, deadline_s=0.2)
    assert await kafka.reasons(events(3)) == ["broker", "deadline", "deadline"]
    failed, succeeded = kafka.producer.due
    failed.set_exception(NotEnoughReplicasError())
    succeeded.set_result(object())
    kafka.producer.due.clear()
    del failed, succeeded
    await asyncio.sleep(0)
    gc.collect()  # an exception that nobody retrieved is reported when it is forgotten
    await asyncio.sleep(0)
    assert caplog.messages == []


async def test_a_partition_that_is_busy_is_asked_again() -> None:
    kafka, given = Kafka(full(), ACK, full(), full(), ACK), events(2)
    assert await kafka.reasons(given) == [None, None]
    assert [record.event for sent in kafka.producer.sent for record in sent.records] == given
    assert kafka.replaced == 0


async def test_a_partition_that_stays_busy_is_given_up_at_the_deadline() -> None:
    kafka = Kafka(ACK, *[full()] * 1000, deadline_s=0.2)
    assert await kafka.reasons(events(3)) == [None, "deadline", "deadline"]
    assert kafka.replaced == 0


async def test_a_producer_that_takes_nothing_more_is_replaced() -> None:
    kafka = Kafka(Raised(OutOfOrderSequenceNumber()))
    assert None not in await kafka.reasons(events(2))
    assert kafka.producer.sent == []
    assert kafka.replaced == 1


async def test_while_kafka_is_not_reached_all_wait_for_the_deadline() -> None:
    kafka = Kafka(connected=False, deadline_s=0.1)
    publishing = asyncio.create_task(kafka.reasons(events(3)))
    await asyncio.sleep(0)
    assert kafka.metrics.waiting == 3
    started = time.monotonic()
    assert await publishing == ["not_connected"] * 3
    assert time.monotonic() - started > 0.09


async def _connected(kafka: Kafka) -> bool:
    """Whether the next request would get this producer."""
    try:
        async with asyncio.timeout(0.01):
            return await kafka.publisher._producers.connected() is kafka.producer
    except TimeoutError:
        return False
