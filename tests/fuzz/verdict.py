"""Whether one answer is right: by the document, by the kind of the request, by its token."""

import json
from collections.abc import Iterator
from typing import Any

from schemathesis import Response
from schemathesis.checks import CheckFunction, load_all_checks, not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup

from tests.fuzz.attempts import Attempt
from tests.fuzz.document import MANY

load_all_checks()

from schemathesis.specs.openapi.checks import (  # noqa: E402 - registered by the line above
    content_type_conformance,
    negative_data_rejection,
    positive_data_acceptance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

_BY_DOCUMENT: list[CheckFunction] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
UNAUTHORIZED = {
    "type": "about:blank",
    "title": "Unauthorized",
    "status": 401,
    "code": "unauthorized",
    "detail": "a valid bearer token is required",
}
_BEFORE_ITS_HEADERS = (400, 414, 431)
"""What nginx answers before it has read which id the caller gave."""

LARGEST_OF_ONE = 64 * 1024


def complaints(attempt: Attempt, request_id: str, response: Response) -> Iterator[str]:
    if response.headers.get("x-request-id") != [request_id] and (
        response.status_code not in _BEFORE_ITS_HEADERS
    ):
        yield f"X-Request-Id is {response.headers.get('x-request-id')}"
    if attempt.kind == "method":
        yield from _not_this_method(response)
        return
    yield from _failed(attempt, response, _BY_DOCUMENT)
    if attempt.flaw is not None:
        yield from _let_in(attempt, response)
    elif attempt.kind == "sound" and not 200 <= response.status_code < 300:
        yield "a sound request was refused"
    elif attempt.code is not None and attempt.code not in _codes(response):
        yield f"it was not refused as {attempt.code}"
    elif attempt.kind == "allowed":
        yield from _failed(attempt, response, [positive_data_acceptance])
    elif attempt.kind == "forbidden" and not _excused(attempt, response):
        yield from _failed(attempt, response, [negative_data_rejection])


def _failed(attempt: Attempt, response: Response, checks: list[CheckFunction]) -> Iterator[str]:
    try:
        attempt.case.validate_response(response, checks=checks)
    except FailureGroup as group:
        for failure in group.exceptions:
            if isinstance(failure, Failure):
                yield f"{failure.title}: {' '.join(failure.message.split())[:300]}"


def _let_in(attempt: Attempt, response: Response) -> Iterator[str]:
    """nginx refuses what is too large for a route before anybody asks who sent it."""
    sent: Any = response.request.body or b""
    if attempt.route != MANY and len(sent) > LARGEST_OF_ONE and response.status_code == 413:
        return
    if response.status_code != 401 or _json(response) != UNAUTHORIZED:
        yield f"a broken token ({attempt.flaw}) was not answered with the one 401"
    if response.headers.get("www-authenticate") != ["Bearer"]:
        yield "401 without WWW-Authenticate: Bearer"


def _codes(response: Response) -> set[str]:
    """Of the whole, and of each report that was refused."""
    body = _json(response)
    return {one.get("code", "") for one in (body, *body.get("refused", ()))}


def _not_this_method(response: Response) -> Iterator[str]:
    if response.status_code != 405 or "allow" not in response.headers:
        yield "another method was not answered with 405 and Allow"
    elif _json(response).get("code") != "method_not_allowed":
        yield "405 without its code"


def _excused(attempt: Attempt, response: Response) -> bool:
    """A batch is refused report by report, and an empty header says nothing."""
    if attempt.case.headers.get("Content-Encoding") == "":
        return True
    some = attempt.route == MANY and response.status_code == 207
    return some and bool(_json(response).get("refused"))


def _json(response: Response) -> dict[str, Any]:
    """An object, whatever the body is."""
    try:
        body = json.loads(response.content)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
