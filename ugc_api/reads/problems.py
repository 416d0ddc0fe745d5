"""What a read is refused with: each code once, with its status and text, as it is answered and as
the OpenAPI document shows it."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from ugc_api.problems import CONTENT_TYPE, Problem, keys_unavailable, unauthorized

_KNOWN: Mapping[str, tuple[int, str]] = {
    "not_watched": (404, "this viewer has not watched this film"),
    "user_mismatch": (403, "user_id is not the subject of the token"),
    "role_required": (403, "this needs the role analyst or views_statistic"),
    "film_id_invalid": (422, "the film's id is not a UUID"),
    "invalid_parameter": (422, "limit: Input should be less than or equal to 100"),
    "cursor_invalid": (422, "the cursor is none of ours: begin again without one"),
    "receipt_invalid": (422, "no event of this viewer can have this receipt"),
    "rate_limited": (429, "too many events or readings of this user"),
    "clickhouse_away": (503, "ClickHouse does not answer: ask again"),
    "kafka_away": (503, "Kafka does not answer, and a receipt needs it: ask again"),
}
_RETRY: Mapping[str, str] = {"Retry-After": "1"}
_OF_TOKENS: Mapping[str, Problem] = {
    "unauthorized": unauthorized(""),
    "keys_unavailable": keys_unavailable(),
}
_ALWAYS = (*_OF_TOKENS, "rate_limited", "invalid_parameter", "clickhouse_away")


def problem(code: str, extra: Mapping[str, object] | None = None) -> Problem:
    """A refusal as listed above."""
    status, detail = _KNOWN[code]
    headers = _RETRY if status in (429, 503) else None
    return Problem(status, code, detail, headers=headers, extra=extra)


def invalid_parameter(errors: Sequence[Any]) -> Problem:
    """Of pydantic's errors: names the first parameter that is wrong, and never repeats its value,
    which may be long."""
    place, _, name = ".".join(str(part) for part in errors[0]["loc"]).partition(".")
    if (place, name) == ("path", "film_id"):
        return problem("film_id_invalid")
    kind = str(errors[0]["type"])
    what = "is not a UUID" if kind.startswith("uuid") else str(errors[0]["msg"])
    return Problem(422, "invalid_parameter", f"{name}: {what}"[:200])


def described(*codes: str) -> dict[int | str, dict[str, Any]]:
    """`responses` of a route: what every read can be refused with, and these."""
    found: dict[int | str, dict[str, Any]] = {}
    for code in (*_ALWAYS, *codes):
        refusal = _OF_TOKENS.get(code) or problem(code)
        kind = found.setdefault(
            refusal.status,
            {
                "description": "code: ",
                "content": {
                    CONTENT_TYPE.decode(): {
                        "schema": {"$ref": "#/components/schemas/Problem"},
                        "examples": {},
                    }
                },
            },
        )
        examples = kind["content"][CONTENT_TYPE.decode()]["examples"]
        kind["description"] += f", {code}" if examples else code
        examples[code] = {"value": orjson.loads(refusal.body())}
    return found
