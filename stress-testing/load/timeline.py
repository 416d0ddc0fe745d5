"""What was answered in each second of a run: how often which status, and how fast.

Every request is counted in the second in which it ended; nothing is sampled.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from percentiles import at

SHARES = {"p50_ms": 0.50, "p95_ms": 0.95, "p99_ms": 0.99}
REFUSALS = ("429", "503")  # they ask to come again


@dataclass
class Second:
    statuses: Counter[str] = field(default_factory=Counter)
    took_ms: list[float] = field(default_factory=list)  # of those answered, and not slow on purpose
    failed: int = 0


class Timeline:
    """Moments are Unix time."""

    def __init__(self) -> None:
        self._seconds: dict[int, Second] = defaultdict(Second)

    def add(
        self, at: float, status: str, took_ms: float, *, failed: bool, on_purpose: bool
    ) -> None:
        """`on_purpose`: its time is the client's own doing. That of a refusal does not count
        either: it says nothing of those who were let in, and many are fast."""
        second = self._seconds[int(at)]
        second.statuses[status] += 1
        second.failed += failed
        if not on_purpose and status not in REFUSALS:
            second.took_ms.append(took_ms)

    @property
    def requests(self) -> int:
        return sum(second.statuses.total() for second in self._seconds.values())

    @property
    def failed(self) -> int:
        return sum(second.failed for second in self._seconds.values())

    @property
    def refused(self) -> int:
        return sum(
            second.statuses[status] for second in self._seconds.values() for status in REFUSALS
        )

    def took_ms(self) -> dict[str, float]:
        """Of the whole run."""
        return percentiles([ms for one in self._seconds.values() for ms in one.took_ms])

    def rows(self) -> Sequence[dict[str, object]]:
        """A second each, those without a request too."""
        if not self._seconds:
            return []
        return [
            {
                "at": at,
                "statuses": dict(self._seconds[at].statuses),
                "failed": self._seconds[at].failed,
                **percentiles(self._seconds[at].took_ms),
            }
            for at in range(min(self._seconds), max(self._seconds) + 1)
        ]


def percentiles(took_ms: Sequence[float]) -> dict[str, float]:
    """0 where there was nothing."""
    ordered = sorted(took_ms) or [0.0]
    return {name: round(at(ordered, share), 2) for name, share in SHARES.items()}
