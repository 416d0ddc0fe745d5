"""Which records have their letter, and which may have had one before letters were purged."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from math import inf

from configuration.kafka import Brokers
from etl.audit.entry import Entry
from etl.dead_letters import DeadLetter
from etl.history import History, Span, history
from etl.letters.letter import Letter, Source


@dataclass
class Burials:
    sources: set[Source] = field(default_factory=set)
    purged_until: float = -inf
    """Milliseconds since 1970 on the broker's clock: letters of records appended until then may
    have been purged."""

    def holds(self, entry: Entry) -> bool:
        record = entry.record
        return Source(record.topic, record.partition, record.offset) in self.sources

    def may_have_held(self, entry: Entry) -> bool:
        return float(entry.record.timestamp) <= self.purged_until

    def add(self, letters: Iterable[DeadLetter]) -> None:
        for one in letters:
            self.sources.add(Source(one.source_topic, one.source_partition, one.source_offset))


async def burials(brokers: Brokers, letters: str, since: datetime | None) -> Burials:
    """Of the letters appended at `since` or later (None = all), by a consumer of its own.

    Only sources stay in memory. Raises MissingTopic and KafkaError.
    """
    found = Burials()
    async with history(brokers) as past:
        found.purged_until = await _purged_until(past, await past.spans(letters))
        async for records in past.read(await past.spans(letters, since), at_most=1000):
            for record in records:
                letter = Letter.of(record)
                if letter.origin is not None:
                    found.sources.add(letter.origin.source)
    return found


async def _purged_until(past: History, spans: Iterable[Span]) -> float:
    """A purge moves a partition's beginning up to its time: the first letter left is younger."""
    bounds = [-inf]
    for span in spans:
        if span.begin == 0:
            continue
        bounds.append(inf)  # if all are gone, nobody knows until when
        first = Span(span.partition, span.begin, min(span.begin + 1, span.end))
        async for records in past.read([first]):
            bounds[-1] = float(records[0].timestamp)
    return max(bounds)
