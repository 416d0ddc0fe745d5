"""What an audit found, in numbers, and the first of the differences."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from etl.audit.finding import DIFFERENCES, Finding
from etl.audit.inspection import Judged
from etl.audit.passed import Passed

SHOWN = 20

TITLES = ("partition", "records", *(one.value for one in Finding), "not yet passed")


class Tally:
    def __init__(self, part: Passed) -> None:
        self.part = part
        self._found: defaultdict[int, Counter[Finding]] = defaultdict(Counter)
        self.records = 0
        self.put_back = 0
        self.first: list[Judged] = []

    def take(self, judged: Iterable[Judged]) -> None:
        for one in judged:
            self.records += 1
            self._found[one.entry.record.partition][one.finding] += 1
            self.put_back += one.put_back
            if one.finding in DIFFERENCES and len(self.first) < SHOWN:
                self.first.append(one)

    def total(self, finding: Finding) -> int:
        return sum(found[finding] for found in self._found.values())

    @property
    def still_missing(self) -> int:
        return self.total(Finding.MISSING) - self.put_back

    def rows(self) -> Sequence[Sequence[int]]:
        """By partition, as TITLES says."""
        return [
            (
                partition,
                self._found[partition].total(),
                *(self._found[partition][one] for one in Finding),
                self.part.before_workers[partition],
            )
            for partition in sorted(self.part.before_workers)
        ]
