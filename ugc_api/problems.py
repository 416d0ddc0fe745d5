"""How a refusal is answered: HTTP status, a stable short code, a text (RFC 9457)."""

from collections.abc import Mapping
from http import HTTPStatus

import orjson

CONTENT_TYPE = b"application/problem+json"


class Problem(Exception):
    """An answer other than success, as RFC 9457 has it. `extra` joins the JSON object; `reason`
    is for the log alone, where the code does not say enough."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, object] | None = None,
        reason: str = "",
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = dict(headers or {})
        self.extra = dict(extra or {})
        self.reason = reason

    def body(self) -> bytes:
        return orjson.dumps(
            {
                "type": "about:blank",
                "title": HTTPStatus(self.status).phrase,
                "status": self.status,
                "code": self.code,
                "detail": self.detail,
                **self.extra,
            }
        )


def body_too_large(limit: int) -> Problem:
    return Problem(413, "body_too_large", f"the body is larger than {limit} bytes")


def overloaded() -> Problem:
    return Problem(
        503,
        "overloaded",
        "too many requests at once, nothing is stored: send it again",
        headers={"Retry-After": "1"},
    )


def not_found() -> Problem:
    return Problem(404, "not_found", "there is nothing at this address")


def method_not_allowed(allowed: str) -> Problem:
    return Problem(
        405, "method_not_allowed", f"only {allowed} is answered here", headers={"Allow": allowed}
    )


def unauthorized(reason: str) -> Problem:
    """One text for every cause: a stranger learns nothing, our metric knows the reason."""
    return Problem(
        401,
        "unauthorized",
        "a valid bearer token is required",
        headers={"WWW-Authenticate": "Bearer"},
        reason=reason,
    )


def keys_unavailable() -> Problem:
    """No 401: that would tell a player to sign in again, for a token that may be good."""
    return Problem(
        503,
        "keys_unavailable",
        "whether this token is valid is not known now, nothing is stored: send it again",
        headers={"Retry-After": "5"},
    )
