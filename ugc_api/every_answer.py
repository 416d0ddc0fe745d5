"""What holds for every answer, in the OpenAPI document: its headers, and what is refused on the way
to a route, by nginx or by the server, before the route is asked."""

from collections.abc import Mapping
from typing import Any

import orjson

from ugc_api.problems import CONTENT_TYPE, Problem

HEADERS: Mapping[str, dict[str, Any]] = {
    "X-Request-Id": {
        "description": "The caller's, if well formed; else a new one.",
        "required": True,
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"},
    },
    "Retry-After": {
        "description": "Seconds until it makes sense to ask again.",
        "required": True,
        "schema": {"type": "integer", "minimum": 1},
    },
    "WWW-Authenticate": {
        "description": "How to say who asks.",
        "required": True,
        "schema": {"type": "string"},
    },
    "RateLimit-Limit": {
        "description": "Events of this user, or readings, that may come at once.",
        "schema": {"type": "integer", "minimum": 0},
    },
    "RateLimit-Remaining": {
        "description": "How many of them are left.",
        "schema": {"type": "integer", "minimum": 0},
    },
    "RateLimit-Reset": {
        "description": "Seconds until all of them are there again.",
        "schema": {"type": "integer", "minimum": 0},
    },
}

ON_THE_WAY: Mapping[int, tuple[str, Mapping[str, str]]] = {
    400: (
        "not a request that is served here",
        {
            "bad_request": "this is not a well-formed HTTP request",
            "host_not_allowed": "this host is not served here",
        },
    ),
    404: ("nothing is there", {"not_found": "there is nothing at this address"}),
    414: (
        "too long an address",
        {"uri_too_long": "the request line is longer than 8 KiB"},
    ),
    431: (
        "too large headers",
        {
            "headers_too_large": (
                "a header is longer than 8 KiB, or all of them are longer than 32 KiB"
            )
        },
    ),
    503: (
        "not available",
        {
            "overloaded": "too many requests at once, nothing is stored: send it again",
            "upstream_unavailable": "the API gave no answer: whether anything was stored is "
            "unknown, send the same event again, with its event_id and event_time",
        },
    ),
}
"""By status: what it means, its codes, and how each may read. Any route may be answered so."""


def describe_every_answer(document: dict[str, Any]) -> None:
    """Add to each operation of `document` what is said of all of them here; once is enough."""
    document["components"].setdefault("headers", {}).update(HEADERS)
    for methods in document["paths"].values():
        for operation in methods.values():
            asks_of_health = "operation" in operation.get("tags", ())
            for status, (text, codes) in ON_THE_WAY.items():
                said = {c: t for c, t in codes.items() if c != "overloaded" or not asks_of_health}
                _refusal(operation["responses"], status, text, said)
            limited = "429" in operation["responses"]
            for status, response in operation["responses"].items():
                response["headers"] = {
                    name: {"$ref": f"#/components/headers/{name}"} for name in _of(status, limited)
                }


def _refusal(responses: dict[str, Any], status: int, text: str, codes: Mapping[str, str]) -> None:
    """Beside what the route itself refuses with this status."""
    media_type = CONTENT_TYPE.decode()
    schema = {"$ref": "#/components/schemas/Problem"}
    described = responses.setdefault(
        str(status),
        {
            "description": f"{text}; code: ",
            "content": {media_type: {"schema": schema, "examples": {}}},
        },
    )
    content = described["content"][media_type]
    if "example" in content:  # one is shown without a name
        shown = content.pop("example")
        content["examples"] = {shown["code"]: {"value": shown}}
    examples = content["examples"]
    for code in [code for code in codes if code not in examples]:
        described["description"] += f", {code}" if examples else code
        examples[code] = {"value": orjson.loads(Problem(status, code, codes[code]).body())}


def _of(status: str, limited: bool) -> list[str]:
    """The headers of an answer with this status, of a route that counts how often one comes."""
    names = ["X-Request-Id"]
    if status in ("429", "503"):
        names.append("Retry-After")
    if status == "401":
        names.append("WWW-Authenticate")
    if limited and (status.startswith("2") or status == "429"):
        names += [name for name in HEADERS if name.startswith("RateLimit-")]
    return names
