"""Every refusal: HTTP status, a stable short code (also the metric's label), and a text."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus

import orjson

CONTENT_TYPE = b"application/problem+json"

REFUSALS: Mapping[int, tuple[str, Sequence[str]]] = {
    401: ("no valid bearer token", ["unauthorized"]),
    403: ("an event of somebody else", ["user_mismatch"]),
    408: ("the body did not arrive", ["body_timeout"]),
    413: ("too much at once", ["body_too_large", "too_many_events"]),
    415: (
        "not a media type or encoding of this route",
        ["unsupported_media_type", "unsupported_encoding"],
    ),
    422: (
        "not an event",
        [
            "body_empty",
            "invalid_encoding",
            "invalid_json",
            "invalid_field",
            "unknown_field",
            "repeated_field",
            "progress_beyond_total",
            "event_time_out_of_window",
            "event_time_required",
            "film_id_invalid",
            "film_reserved",
            "batch_cut_off",
            "nothing_valid",
        ],
    ),
    429: ("too many events of this user, see Retry-After", ["rate_limited"]),
    503: (
        "unknown whether it is stored: repeat it with the event_id and event_time given here",
        ["not_acknowledged", "too_many_batches"],
    ),
}
"""Of the ingest routes: what each status means, and its codes."""

BATCH_CODES = frozenset(
    {"too_many_events", "invalid_encoding", "batch_cut_off", "nothing_valid", "too_many_batches"}
)
"""Those that only a batch as a whole is refused with."""


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
