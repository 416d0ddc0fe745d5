"""Where the group stands in the topic: `python -m etl status`."""

from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from etl.aiokafka_gaps import check_offset_fetch
from etl.exits import MissingTopic


@dataclass(frozen=True)
class PartitionStatus:
    """Offsets of one partition; `committed` None = never, `as_of` = when the newest
    stored event came in."""

    partition: int
    earliest: int
    latest: int
    committed: int | None
    as_of: str

    @property
    def lag(self) -> int:
        return self.latest - (self.earliest if self.committed is None else self.committed)


async def status(brokers: str, topic: str, group: str) -> list[PartitionStatus]:
    """One line per partition of `topic`. Raises MissingTopic and KafkaError."""
    admin = AIOKafkaAdminClient(bootstrap_servers=brokers)
    consumer = AIOKafkaConsumer(bootstrap_servers=brokers)
    try:
        await admin.start()
        check_offset_fetch(admin)
        await consumer.start()
        if topic not in await admin.list_topics():
            raise MissingTopic(f"there is no topic {topic}: run `python -m etl topics`")
        (found,) = await admin.describe_topics([topic])
        partitions = [TopicPartition(topic, one["partition"]) for one in found["partitions"]]
        committed = await admin.list_consumer_group_offsets(group, partitions=partitions)
        earliest = await consumer.beginning_offsets(partitions)
        latest = await consumer.end_offsets(partitions)
    finally:
        await consumer.stop()
        await admin.close()
    lines = []
    for partition in sorted(partitions):
        known = committed.get(partition)
        passed = known.offset if known is not None and known.offset >= 0 else None
        lines.append(
            PartitionStatus(
                partition.partition,
                earliest[partition],
                latest[partition],
                passed,
                known.metadata if known is not None else "",
            )
        )
    return lines


def table(lines: list[PartitionStatus]) -> str:
    """For a person to read, one row a partition."""
    rows = [("partition", "earliest", "latest", "committed", "lag", "newest event")]
    for one in lines:
        committed = "never" if one.committed is None else str(one.committed)
        rows.append(
            (
                str(one.partition),
                str(one.earliest),
                str(one.latest),
                committed,
                str(one.lag),
                one.as_of or "-",
            )
        )
    return "\n".join("".join(cell.ljust(12) for cell in row).rstrip() for row in rows)
