"""How the rows of a trial are spent."""

from dataclasses import dataclass

BATCHES = (50_000, 10_000, 1_000)
REPORTS = 100
"""Of each kind, or as many as there is time for."""
WEEK, TOP = 7, 20
"""Of the most watched films."""


@dataclass(frozen=True)
class Plan:
    """All of them together are `rows`. About half fill the tables first, in the largest batches:
    what comes then is measured on tables of some size."""

    rows: int

    @property
    def each(self) -> int:
        """In batches of each size."""
        return self.rows * 3 // 20

    @property
    def single(self) -> int:
        return min(1000, self.rows // 100)

    @property
    def point_reads(self) -> int:
        """Or as many as there is time for."""
        return min(20_000, self.rows // 20)

    @property
    def mixed(self) -> int:
        """While somebody reads."""
        return min(100_000, self.rows // 20)

    @property
    def mixed_batch(self) -> int:
        return min(1000, self.mixed // 5)

    @property
    def fill(self) -> int:
        return self.rows - len(BATCHES) * self.each - self.single - self.mixed
