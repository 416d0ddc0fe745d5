"""Who may come in: a verified token, and no more often than its user may."""

import math
import time

from ugc_api.access.keys import Keys, UnknownKey
from ugc_api.access.rate import RateLimit
from ugc_api.access.tokens import InvalidToken, Tokens, Viewer
from ugc_api.exchange import Scope
from ugc_api.metrics import Metrics
from ugc_api.problems import Problem, keys_unavailable, unauthorized

RATE_HEADERS = "ugc.rate_headers"
"""Where a request's scope holds what its answer says of the user's rate."""


class Admission:
    def __init__(self, tokens: Tokens, keys: Keys, rate: RateLimit, metrics: Metrics) -> None:
        self._tokens = tokens
        self._keys = keys
        self._rate = rate
        self._metrics = metrics

    async def viewer(self, authorization: bytes | None, scope: Scope) -> Viewer:
        """Who is asking, by the Authorization header. Counts one event or one reading of this
        viewer. Raises Problem 401, 429, or 503 when nobody can tell whether the token is good."""
        try:
            try:
                viewer = self._tokens.viewer(authorization)
            except UnknownKey as unknown:
                viewer = await self._with_newer_keys(authorization, unknown.issued_at)
        except InvalidToken as refusal:
            self._metrics.auth_failures.labels(refusal.reason).inc()
            raise unauthorized(refusal.reason) from None
        if viewer.is_service:
            return viewer
        now = time.monotonic()
        wait = self._rate.wait(viewer.id, now)
        scope[RATE_HEADERS] = self._rate.told(viewer.id, now)
        if wait:
            raise Problem(
                429,
                "rate_limited",
                "too many events or readings of this user",
                headers={"Retry-After": str(math.ceil(wait))},
            )
        return viewer

    def count(self, viewer: Viewer, events: int, scope: Scope) -> None:
        """Count further `events` of a batch that was let in; negative = give back."""
        if not viewer.is_service:
            now = time.monotonic()
            self._rate.count(viewer.id, events, now)
            scope[RATE_HEADERS] = self._rate.told(viewer.id, now)

    async def _with_newer_keys(self, authorization: bytes | None, issued_at: float) -> Viewer:
        certain = await self._keys.ask_again(issued_at)
        try:
            return self._tokens.viewer(authorization)
        except UnknownKey:
            if certain:
                raise InvalidToken("unknown_key") from None
        self._metrics.auth_failures.labels("keys_unavailable").inc()
        raise keys_unavailable()
