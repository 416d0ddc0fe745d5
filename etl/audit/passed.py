"""Which part of the topic is to be found elsewhere: what the workers have passed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from etl.history import History, Span


@dataclass(frozen=True)
class Passed:
    spans: Sequence[Span]
    """One for each partition."""
    before_workers: Mapping[int, int]
    """By partition: records after the span, which the workers have still before them."""
    expired: Mapping[int, int]
    """By partition, where there are any: records that nobody can read any more, and that the
    workers have not passed."""


async def passed(history: History, topic: str, group: str, since: datetime | None) -> Passed:
    """As it is now, of what was appended at `since` or later (None = all that is left).

    Raises MissingTopic and KafkaError.
    """
    # In this order: what is passed meanwhile does not count as passed, and is not missing.
    committed = await history.committed(topic, group)
    whole = await history.spans(topic)
    wanted = await history.spans(topic, since) if since else whole
    spans, before_workers, expired = [], {}, {}
    for all_left, span in zip(whole, wanted, strict=True):
        position = committed[span.partition].offset if span.partition in committed else span.begin
        end = min(max(position, span.begin), span.end)
        spans.append(Span(span.partition, span.begin, end))
        before_workers[span.partition.partition] = span.end - end
        if position < all_left.begin:
            expired[span.partition.partition] = all_left.begin - position
    return Passed(spans, before_workers, expired)
