"""What one case of chaos did and what came of it: the line it gets in the report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Fault:
    """Something done to a process or a connection, `at` seconds after the first report was sent.

    `proof` is what was seen of its effect, e.g. `exit code -9, 312 rows stored, offset not passed`.
    """

    at: float
    kind: str  # killed, paused, cut, full, jumped
    target: str  # etl, api, clickhouse, broker, leader, coordinator, ...
    window: str = ""
    proof: str = ""


@dataclass(frozen=True)
class Sample:
    """Counts at `at` seconds after the first report was sent; `stored` as far as it was known."""

    at: float
    answered: int
    stored: int


@dataclass
class Outcome:
    """`lost`: answered with 202 and not in `views`. `twice`: identities with more than one row
    under FINAL, or counted more than once in `film_daily`. `wrong`: rows of the derived tables that
    are not as the ledger has them. `must_fail` marks a negative control."""

    case: str
    seed: int
    faults: list[Fault] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    answers: Mapping[int, int] = field(default_factory=dict)  # by status; 0 = no answer
    accepted: int = 0
    lost: int = 0
    twice: int = 0
    wrong: int = 0
    took_s: float = 0.0
    must_fail: bool = False
    complaints: Sequence[str] = ()

    @property
    def kept(self) -> bool:
        """Whether the promise held."""
        return not (self.lost or self.twice or self.wrong)
