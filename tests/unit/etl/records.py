"""Records as the consumer hands them over, without a broker."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from aiokafka import ConsumerRecord, TopicPartition

from etl.dead_letters import DeadLetter
from ugc_events import ViewProgress, encode

RECEIVED = datetime(2026, 11, 23, 18, 30, 5, 250_000, tzinfo=UTC)


def event(number: int = 1, received_after_s: float = 0) -> ViewProgress:
    return ViewProgress(
        v=1,
        user_id=UUID(int=1000 + number),
        film_id=UUID(int=7),
        event_id=UUID(int=number),
        progress=12.345,
        total=5400.0,
        event_time=RECEIVED,
        received_at=RECEIVED + timedelta(seconds=received_after_s),
    )


def record(offset: int, value: bytes | None, partition: int = 0) -> ConsumerRecord:
    return ConsumerRecord(
        topic="views",
        partition=partition,
        offset=offset,
        timestamp=0,
        timestamp_type=1,
        key=b"key",
        value=value,
        checksum=None,
        serialized_key_size=3,
        serialized_value_size=0 if value is None else len(value),
        headers=(("request_id", b"abc"),),
    )


def good(offset: int, partition: int = 0) -> ConsumerRecord:
    return record(offset, encode(event(offset)), partition)


def dead(record: ConsumerRecord, reason: str = "not_json") -> DeadLetter:
    return DeadLetter.of(TopicPartition(record.topic, record.partition), record, reason)


P0, P1 = TopicPartition("views", 0), TopicPartition("views", 1)
