"""When a dead child is started again, and when not any more: a decision, no I/O."""

from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic


@dataclass(frozen=True)
class RestartPolicy:
    """Times in seconds. `deaths_allowed` in a row, each before the child was ready."""

    deaths_allowed: int = 5
    first_delay: float = 0.1
    longest_delay: float = 2.0
    steady_after: float = 10.0  # ready for that long: the next death is the first one again


@dataclass
class Restarts:
    """The deaths of one child."""

    policy: RestartPolicy = RestartPolicy()
    clock: Callable[[], float] = monotonic
    _in_a_row: int = field(default=0, init=False)
    _unready_in_a_row: int = field(default=0, init=False)
    _ready_since: float | None = field(default=None, init=False)

    def became_ready(self) -> None:
        self._ready_since = self.clock()

    def died(self) -> float | None:
        """How long to wait before the next start; None: give up."""
        if self._ready_since is None:
            self._unready_in_a_row += 1
        else:
            self._unready_in_a_row = 0
            if self.clock() - self._ready_since >= self.policy.steady_after:
                self._in_a_row = 0
        self._ready_since = None
        self._in_a_row += 1
        if self._unready_in_a_row >= self.policy.deaths_allowed:
            return None
        delay = self.policy.first_delay * 2.0 ** min(self._in_a_row - 1, 30)
        return min(delay, self.policy.longest_delay)
