"""Which letters are meant."""

from dataclasses import dataclass
from datetime import datetime

from etl.letters.letter import Letter


@dataclass(frozen=True)
class Selection:
    """All that is given must hold; what is not given lets everything through."""

    reasons: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    partition: int | None = None
    """Of the source."""
    since: datetime | None = None
    until: datetime | None = None
    """Buried at `since` or later, and before `until`."""
    limit: int | None = None
    """At most so many letters; who reads keeps to it."""

    def takes(self, letter: Letter) -> bool:
        return (
            (not self.reasons or letter.reason in self.reasons)
            and (not self.names or letter.name in self.names)
            and (self.partition is None or self._of_partition(letter))
            and (self.since is None or letter.buried_at >= self.since)
            and (self.until is None or letter.buried_at < self.until)
        )

    def _of_partition(self, letter: Letter) -> bool:
        return letter.origin is not None and letter.origin.source.partition == self.partition
