"""How old what is stored is, by one event after another: from its 202 until it is shown."""

import time
from collections.abc import Callable

SOON_S = 1.0


class Age:
    """Told when an event is sent, accepted and shown. Times are in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._sent: float | None = None
        self._accepted: float | None = None
        self._last: float | None = None

    def sent(self) -> None:
        """Once more, if it was not accepted."""
        self._sent = self._clock() if self._sent is None else self._sent

    def accepted(self) -> None:
        self._sent, self._accepted = None, self._clock()

    def shown(self) -> None:
        if self._accepted is not None:
            self._last, self._accepted = self._clock() - self._accepted, None

    @property
    def seconds(self) -> float | None:
        """The last event's, or the longer time that the next one has been waiting for by now. None
        before the first, and as soon as one is not accepted within `SOON_S`: how old would what
        never came in be?"""
        now = self._clock()
        if self._accepted is not None:
            return max(self._last or 0.0, now - self._accepted)
        if self._sent is not None and now - self._sent > SOON_S:
            return None
        return self._last
