"""Cases of one route that schemathesis makes from the document, as many as one likes."""

from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode

from tests.fuzz.document import Case, Operation

BLOCK = 25
"""Drawn at once: Hypothesis runs to its end, and makes a few by changing those before."""


class Drawn:
    """As the document allows them, or as it forbids them. The same seed gives the same ones."""

    def __init__(self, operation: Operation, allowed: bool, number: int) -> None:
        mode = GenerationMode.POSITIVE if allowed else GenerationMode.NEGATIVE
        self._strategy = operation.as_strategy(generation_mode=mode)
        self._number = number
        self._left: list[Case] = []

    def next(self) -> Case:
        if not self._left:
            self._number += 1
            self._draw()
            self._left.reverse()
        return self._left.pop()

    def _draw(self) -> None:
        @seed(self._number)
        @settings(
            max_examples=BLOCK,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(self._strategy)
        def each(case: Case) -> None:
            self._left.append(case)

        each()
