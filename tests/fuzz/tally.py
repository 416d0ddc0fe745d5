"""The numbers of a run: cases by route and status, the share of successes, what was wrong."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from telemetry.screen import columns, number
from tests.fuzz.attempts import Attempt

SHOWN = 20  # failures


@dataclass
class Tally:
    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    flaws: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def count(self, attempt: Attempt, status: int) -> None:
        self.answers[attempt.route, status] += 1
        self.kinds[attempt.kind] += 1
        if attempt.flaw is not None:
            self.flaws[attempt.flaw] += 1

    @property
    def cases(self) -> int:
        return self.answers.total()

    @property
    def share_of_successes(self) -> float:
        good = sum(times for (_, status), times in self.answers.items() if 200 <= status < 300)
        return good / self.cases

    def by_route(self) -> Sequence[str]:
        """A line a route, a column a status."""
        statuses = sorted({status for _, status in self.answers})
        rows = [["route", "cases", *map(str, statuses)]]
        for route in sorted({route for route, _ in self.answers}, key=_by_path):
            found = [self.answers[route, status] for status in statuses]
            rows.append([route, number(sum(found)), *(number(n) if n else "." for n in found)])
        whole = [sum(n for (_, s), n in self.answers.items() if s == status) for status in statuses]
        rows.append(["all", number(self.cases), *map(number, whole)])
        return columns(rows)

    def summary(self) -> Sequence[str]:
        kinds = ", ".join(f"{number(n)} {kind}" for kind, n in self.kinds.most_common())
        flawed = self.flaws.total()
        of_kinds = f"{flawed / self.cases:.0%}, of {len(self.flaws)} kinds"
        return [
            f"requests        {kinds}",
            f"broken tokens   {number(flawed)} ({of_kinds})",
            f"answered 2xx    {self.share_of_successes:.1%}",
            f"failures        {number(len(self.failures))}",
        ]

    def shown_failures(self) -> Sequence[str]:
        more = len(self.failures) - SHOWN
        return [*self.failures[:SHOWN], *([f"and {number(more)} more"] if more > 0 else [])]


def _by_path(route: str) -> tuple[str, str]:
    method, _, path = route.partition(" ")
    return path, method
