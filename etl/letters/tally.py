"""How many letters, by the reason they were buried for and what is to be said of them today."""

from collections import Counter
from collections.abc import Sequence

from etl.letters.letter import Letter
from etl.letters.verdict import Verdict

NO_ORIGIN = "-"


class Tally:
    def __init__(self) -> None:
        self._times: Counter[tuple[str, Verdict]] = Counter()

    def count(self, letter: Letter, said: Verdict) -> None:
        self._times[letter.reason or NO_ORIGIN, said] += 1

    @property
    def unreadable(self) -> int:
        return sum(times for (_, said), times in self._times.items() if not said.readable)

    def rows(self) -> Sequence[tuple[str, str, int]]:
        """Reason, verdict and number, the most first."""
        return [(reason, said.text, times) for (reason, said), times in self._times.most_common()]
