"""Letters as they lie in the dead-letter topic, without a broker."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from aiokafka import ConsumerRecord

from etl.letters.letter import Header, Letter
from tests.unit.etl.records import dead, record

BURIED = datetime(2026, 11, 23, 18, 30, 5, 250_000, tzinfo=UTC)


def in_topic(
    headers: Iterable[Header],
    value: bytes | None = b"{",
    offset: int = 0,
    buried_at: datetime = BURIED,
    partition: int = 0,
) -> ConsumerRecord:
    return ConsumerRecord(
        topic="views.dead-letters",
        partition=partition,
        offset=offset,
        timestamp=round(buried_at.timestamp() * 1000),
        timestamp_type=1,
        key=b"key",
        value=value,
        checksum=None,
        serialized_key_size=3,
        serialized_value_size=len(value or b""),
        headers=tuple(headers),
    )


def headers_of(
    reason: str = "not_json", partition: int = 3, offset: int = 17, own: Sequence[Header] = ()
) -> list[Header]:
    """As the worker writes them."""
    poison = record(offset, b"{", partition)
    return [*own, *dead(poison, reason).all_headers()[1:]]


def letter(
    reason: str = "not_json",
    partition: int = 3,
    offset: int = 17,
    value: bytes | None = b"{",
    buried_at: datetime = BURIED,
) -> Letter:
    return Letter.of(in_topic(headers_of(reason, partition, offset), value, 0, buried_at))
