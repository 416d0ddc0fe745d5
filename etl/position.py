"""The group's own position moved by hand, while no worker runs.

For when a position is outside the log and the worker rightly stops: it cannot be passed over in
silence, but somebody who has looked must be able to go on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from aiokafka import AIOKafkaConsumer, OffsetAndMetadata, TopicPartition
from aiokafka.errors import CommitFailedError

from configuration.kafka import Brokers
from etl.history import Span


def backwards(wanted: Span, whole: Span, known: OffsetAndMetadata | None) -> Span:
    """`wanted`, but never beyond what the group has passed, and within the log (`whole`): a
    position that moves forward would pass records that nobody has stored."""
    # A position beyond its end is of a log that was there before this one.
    passed = whole.begin if known is None or known.offset > whole.end else known.offset
    return replace(wanted, begin=max(whole.begin, min(wanted.begin, passed)))


class GroupAtWork(Exception):
    """Workers are in the group: only they may move its position."""


async def move(
    brokers: Brokers, group: str, spans: Sequence[Span], before: Mapping[TopicPartition, str]
) -> None:
    """Commit the begin of each span, with the metadata of `before`.

    Raises GroupAtWork and KafkaError.
    """
    # Without a subscription the commit carries no generation: the coordinator takes it only when
    # the group is empty.
    consumer = AIOKafkaConsumer(**brokers.client(), group_id=group, enable_auto_commit=False)
    await consumer.start()
    try:
        consumer.assign([span.partition for span in spans])
        await consumer.commit(
            {
                span.partition: OffsetAndMetadata(span.begin, before.get(span.partition, ""))
                for span in spans
            }
        )
    except CommitFailedError as error:
        raise GroupAtWork(
            f"group {group} has workers: stop them first, and wait 30 s, their session"
        ) from error
    finally:
        await consumer.stop()
