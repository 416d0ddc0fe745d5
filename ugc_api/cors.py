"""Pages of other origins may call the API, if their origin is allowed (Fetch, "CORS protocol")."""

import re

from configuration import InvalidSettings
from ugc_api.exchange import Answer, Headers, Request
from ugc_api.problems import Problem

PREFIXES = ("/api/v1/", "/bigdata-api/v1/")
_REQUEST_HEADERS = (
    b"authorization, content-encoding, content-type, prefer, traceparent, x-request-id"
)
# `Date`: players correct their clocks by it.
EXPOSED = b"date, ratelimit-limit, ratelimit-remaining, ratelimit-reset, retry-after, x-request-id"
_PREFLIGHT_AGE_S = b"7200"  # no browser remembers one for longer
# As a browser writes it: no path, no slash at the end, all in small letters.
_ORIGIN = re.compile(r"https?://(?:[a-z0-9.-]+|\[[0-9a-f:]+\])(?::[0-9]{1,5})?")


class Cors:
    def __init__(self, origins: str) -> None:
        """`origins`: comma separated, `*` = any, empty = none. Raises InvalidSettings for what no
        browser would send."""
        named = frozenset(filter(None, (origin.strip() for origin in origins.split(","))))
        for origin in named - {"*"}:
            if not _ORIGIN.fullmatch(origin):
                raise InvalidSettings(
                    f"UGC_CORS_ORIGINS: {origin} is no origin: scheme://host or scheme://host:port"
                    ", in small letters"
                )
        self.open = bool(named)
        self._any = "*" in named
        self._origins = frozenset(origin.encode() for origin in named)

    def headers(self, request: Request) -> Headers:
        """What an answer to `request` carries. A token is no cookie: credentials stay away, and
        any origin may be named."""
        if not self.open or not request.path.startswith(PREFIXES):
            return ()
        origin = request.headers.get(b"origin")
        if origin is None or not self._allows(origin):
            return () if self._any else ((b"vary", b"origin"),)
        allowed = (
            (b"access-control-allow-origin", b"*" if self._any else origin),
            (b"access-control-expose-headers", EXPOSED),
        )
        return allowed if self._any else (*allowed, (b"vary", b"origin"))

    def preflight(self, request: Request) -> Answer | None:
        """The answer to OPTIONS under PREFIXES, whoever asks; a browser that asks for an origin
        that is not allowed is told so. Raises Problem 403."""
        if request.method != "OPTIONS" or not request.path.startswith(PREFIXES):
            return None
        origin = request.headers.get(b"origin")
        if origin is None:
            return Answer(204, b"", headers=[(b"allow", b"GET, OPTIONS, POST")])
        if not self._allows(origin):
            raise Problem(403, "origin_not_allowed", "pages of this origin may not call the API")
        return Answer(
            204,
            b"",
            headers=[
                (b"access-control-allow-methods", b"GET, OPTIONS, POST"),
                (b"access-control-allow-headers", _REQUEST_HEADERS),
                (b"access-control-max-age", _PREFLIGHT_AGE_S),
            ],
        )

    def _allows(self, origin: bytes) -> bool:
        return self._any or origin in self._origins
