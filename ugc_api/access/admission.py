"""Who may come in: a verified token, and no more often than its user may."""

import math
import time

from ugc_api.access.rate import RateLimit
from ugc_api.access.tokens import InvalidToken, Tokens, Viewer
from ugc_api.metrics import Metrics
from ugc_api.problems import Problem, unauthorized


class Admission:
    def __init__(self, tokens: Tokens, rate: RateLimit, metrics: Metrics) -> None:
        self._tokens = tokens
        self._rate = rate
        self._metrics = metrics

    def viewer(self, authorization: bytes | None) -> Viewer:
        """Who is asking, by the Authorization header. Counts one event or one reading of this
        viewer. Raises Problem 401 or 429."""
        try:
            viewer = self._tokens.viewer(authorization)
        except InvalidToken as refusal:
            self._metrics.auth_failures.labels(refusal.reason).inc()
            raise unauthorized(refusal.reason) from None
        wait = 0.0 if viewer.is_service else self._rate.wait(viewer.id, time.monotonic())
        if wait:
            raise Problem(
                429,
                "rate_limited",
                "too many events or readings of this user",
                headers={"Retry-After": str(math.ceil(wait))},
            )
        return viewer

    def count(self, viewer: Viewer, events: int) -> None:
        """Count further `events` of a batch that was let in; negative = give back."""
        if not viewer.is_service:
            self._rate.count(viewer.id, events, time.monotonic())
