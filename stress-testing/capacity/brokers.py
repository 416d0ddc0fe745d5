"""How many brokers and partitions an amount of events needs. Arithmetic, no I/O."""

from dataclasses import dataclass
from math import ceil

COPIES = 3
"""Of the topic (KAFKA_TOPIC_REPLICATION)."""
BROKER_MB_S = 100
"""Of all copies together that a broker writes; LinkedIn's three wrote 200 each."""
PARTITION_MB_S = 10
FEWEST_PARTITIONS = 6
"""KAFKA_TOPIC_PARTITIONS as it is set."""
LEADS = 3
"""Partitions that each broker leads, at least. When one is lost, others lead its partitions: one
more beside three is a third more work, from half of the cores to two thirds; beside one it would
be all of them. With as many brokers as copies there is nobody to choose from, and no rule."""


@dataclass(frozen=True)
class Brokers:
    """As many as each would need if it were the only thing to need any."""

    cores: float
    disk: float
    writes: float

    @property
    def number(self) -> int:
        return max(COPIES, ceil(max(self.cores, self.disk, self.writes)))

    @property
    def decides(self) -> str:
        return max((COPIES, "copies"), *((value, name) for name, value in vars(self).items()))[1]

    def partitions(self, workers: int, log_mb_s: float) -> int:
        """A multiple of the brokers, so that each leads, and holds copies of, as many as the next.
        Never fewer than the workers, of which each needs one at least."""
        leads = LEADS * self.number if self.number > COPIES else 0
        least = max(FEWEST_PARTITIONS, workers, ceil(log_mb_s / PARTITION_MB_S), leads)
        return ceil(least / self.number) * self.number
