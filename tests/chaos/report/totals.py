"""What all cases of a run come to: how often what was killed, and whether the promise held."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tests.chaos.outcome import Outcome


@dataclass(frozen=True)
class Totals:
    """`faults` by kind and target; sums over the cases, the negative controls left out."""

    faults: Counter[tuple[str, str]]
    accepted: int
    unanswered: int  # requests that ended without an answer
    refused: int  # 503 and 429, repeated by the client
    lost: int
    twice: int
    wrong: int

    @property
    def kept(self) -> bool:
        return not (self.lost or self.twice or self.wrong)


def real(outcomes: Sequence[Outcome]) -> list[Outcome]:
    return [one for one in outcomes if not one.must_fail]


def controls(outcomes: Sequence[Outcome]) -> list[Outcome]:
    return [one for one in outcomes if one.must_fail]


def totals(outcomes: Sequence[Outcome]) -> Totals:
    cases = real(outcomes)
    return Totals(
        faults=Counter((fault.kind, fault.target) for one in cases for fault in one.faults),
        accepted=sum(one.accepted for one in cases),
        unanswered=sum(one.answers.get(0, 0) for one in cases),
        refused=sum(one.answers.get(status, 0) for one in cases for status in (429, 503)),
        lost=sum(one.lost for one in cases),
        twice=sum(one.twice for one in cases),
        wrong=sum(one.wrong for one in cases),
    )
