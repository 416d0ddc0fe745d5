"""The selected letters, each once, partition after partition of the dead-letter topic.

Of the letters themselves only what was fetched last is in memory; of those already seen, sources.
A copy has the same source and the same value: a topic made anew counts its offsets from 0 again.
"""

from collections.abc import AsyncIterator, Sequence

from etl.history import History, Span
from etl.letters.letter import Letter, Source
from etl.letters.selection import Selection


class Reading:
    """What it has come across so far is in its counts.

    `total` and `seen`: letters in the topic since the selection's `since`, and those looked at;
    `taken`: given out; `folded`: left out as copies, buried again after a crash.
    """

    def __init__(self, past: History, spans: Sequence[Span], selection: Selection) -> None:
        self._past = past
        self._spans = spans
        self._selection = selection
        self.total = sum(span.length for span in spans)
        self.seen = 0
        self.taken = 0
        self.folded = 0

    @classmethod
    async def of(cls, past: History, topic: str, selection: Selection) -> "Reading":
        """Raises MissingTopic and KafkaError."""
        return cls(past, await past.spans(topic, since=selection.since), selection)

    async def letters(self) -> AsyncIterator[Letter]:
        """To be iterated once. Raises KafkaError."""
        known: set[tuple[Source, int]] = set()
        for span in self._spans:  # one after the other: the same order every time
            async for records in self._past.read([span]):
                for record in records:
                    letter = Letter.of(record)
                    self.seen += 1
                    if not self._selection.takes(letter):
                        continue
                    identity = (letter.origin.source, hash(letter.value)) if letter.origin else None
                    if identity in known:
                        self.folded += 1
                        continue
                    if self.taken == self._selection.limit:
                        return
                    if identity is not None:
                        known.add(identity)
                    self.taken += 1
                    yield letter
