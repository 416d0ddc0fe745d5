"""What came of a soak: everything that its report tells, and whether it went well."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from soak.capacity import Step
from soak.judging import MOST_PARTS, Curve
from soak.kills import Kill
from soak.sampling import Sample
from soak.verdict import Verdict


@dataclass(frozen=True)
class Outcome:
    """`rate` in events a second; `failure` is what ended it before its time; `parts` are the most
    active ones of each table."""

    at: str
    machine: str
    minutes: float
    ramp: Sequence[Step]
    rate: float
    samples: Sequence[Sample]
    kills: Sequence[Kill]
    curves: Sequence[Curve]
    parts: Mapping[str, int]
    answers: Mapping[int, int]  # by status; 0 = none
    again: int
    verdict: Verdict = field(default_factory=Verdict)
    failure: str = ""

    @property
    def judged(self) -> int:
        """Curves that were long enough."""
        return sum(one.trend is not None for one in self.curves)

    @property
    def all_well(self) -> str:
        short = len(self.curves) - self.judged
        return f"Nothing was lost or counted twice; of {self.judged} curves judged none grows." + (
            f" {short} were too short to be judged." if short else ""
        )

    def complaints(self) -> Sequence[str]:
        """None, if all is well."""
        found = [self.failure] if self.failure else []
        found += self.verdict.complaints
        if self.verdict.strays:
            found.append(f"{self.verdict.strays} rows of nobody who sent them")
        for one in self.curves:
            if one.grows and one.trend is not None:
                found.append(
                    f"{one.what} of {one.process or 'the whole'} {one.pid or ''} grows by "
                    f"{one.trend.per_hour:.1f} an hour, to {one.trend.level:.1f}"
                )
        found += [
            f"{table} had {count} active parts, at most {MOST_PARTS} are allowed"
            for table, count in self.parts.items()
            if count > MOST_PARTS
        ]
        return found
