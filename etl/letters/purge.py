"""Letters deleted for good, from the beginning of each partition: Kafka can delete nothing else."""

from collections.abc import Sequence
from datetime import datetime

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.records_to_delete import RecordsToDelete

from configuration.kafka import Brokers
from etl.history import History, Span


async def prefixes(past: History, topic: str, before: datetime) -> Sequence[Span]:
    """What was appended before `before`, by partition. Raises MissingTopic and KafkaError."""
    whole = await past.spans(topic)
    rest = await past.spans(topic, since=before)
    found = [
        Span(one.partition, one.begin, left.begin) for one, left in zip(whole, rest, strict=True)
    ]
    return [span for span in found if span.length]


async def purge(brokers: Brokers, spans: Sequence[Span]) -> None:
    """Delete up to the end of each span. Raises KafkaError; then some may be gone."""
    admin = AIOKafkaAdminClient(**brokers.client())
    try:
        await admin.start()
        await admin.delete_records({span.partition: RecordsToDelete(span.end) for span in spans})
    finally:
        await admin.close()
