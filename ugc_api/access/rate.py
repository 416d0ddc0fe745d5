"""How often one user may report: a rate with a burst, decided after the token is verified."""

import math
from collections.abc import Sequence
from uuid import UUID

_BURST_S = 4
_ROUNDING_S = 1e-6  # what many additions of one interval are off by, at most
_SWEEP_AT = 100_000


class RateLimit:
    """At most `per_second` events of a user, in bursts of up to four seconds' worth; 0 = off.

    One number per user (GCRA): when the next event would be due if all had come evenly.
    """

    def __init__(self, per_second: int) -> None:
        self._interval = 1 / per_second if per_second else 0.0
        self._burst = per_second * _BURST_S
        self._limit = (b"ratelimit-limit", b"%d" % self._burst)
        self._due: dict[int, float] = {}  # by the id's number, whose hash costs nothing
        self._sweep_at = _SWEEP_AT

    def wait(self, user_id: UUID, now: float) -> float:
        """Seconds until the next event may come; 0 = this one is counted and may go."""
        if not self._interval:
            return 0.0
        due = max(self._due.get(user_id.int, 0.0), now) + self._interval
        if due - now > _BURST_S + _ROUNDING_S:
            return due - now - _BURST_S
        self._due[user_id.int] = due
        if len(self._due) > self._sweep_at:
            self._due = {user: at for user, at in self._due.items() if at > now}
            self._sweep_at = max(_SWEEP_AT, 2 * len(self._due))
        return 0.0

    def count(self, user_id: UUID, events: int, now: float) -> None:
        """Count `events` more that have come already, however many: later ones wait for it.
        Negative = they were counted and did not get in."""
        if self._interval:
            due = max(self._due.get(user_id.int, 0.0), now)
            self._due[user_id.int] = due + events * self._interval

    def told(self, user_id: UUID, now: float) -> Sequence[tuple[bytes, bytes]]:
        """The headers that say what a user has left: how many at once in all, how many now, and
        in how many seconds all of them again."""
        if not self._interval:
            return ()
        used_s = max(self._due.get(user_id.int, 0.0) - now, 0.0)
        left = max(int((_BURST_S + _ROUNDING_S - used_s) / self._interval), 0)
        return (
            self._limit,
            (b"ratelimit-remaining", b"%d" % left),
            (b"ratelimit-reset", b"%d" % math.ceil(used_s)),
        )
