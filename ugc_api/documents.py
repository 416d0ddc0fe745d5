"""The documents of the API: behind a password when one is set, and where older clients look."""

import base64
import binascii
import secrets

from fastapi import FastAPI
from starlette.requests import Request as HttpRequest
from starlette.responses import RedirectResponse

from ugc_api.exchange import Request
from ugc_api.problems import Problem
from ugc_api.settings import Settings

PAGES = "/api/docs"
REFERENCE = "/api/redoc"
DOCUMENT = "/api/openapi.json"
DESCRIPTION = """Players report how far films were watched, and read back where they stopped.

Every request needs a bearer token (JWT) whose `sub` is the viewer; on a local stack `make token`
prints one. Films' statistics need the role `analyst` or `views_statistic`; `service` may report
and read for others.

An event is accepted once Kafka has it on every in-sync replica. Whatever is answered otherwise may
be sent again: with the same `event_id` and `event_time` it counts once. Errors are
`application/problem+json` with a stable `code`; 429 and 503 carry `Retry-After`, and every answer
carries `X-Request-Id`."""
_OLDER = {"/bigdata-api/openapi": PAGES, "/bigdata-api/openapi.json": DOCUMENT}


class DocumentsPassword:
    """HTTP basic authentication of the pages and the document."""

    def __init__(self, settings: Settings) -> None:
        self._wanted = f"{settings.docs_username}:{settings.docs_password}".encode()
        self._closed = bool(settings.docs_password)

    def check(self, request: Request) -> None:
        """Raises Problem 401."""
        if not self._closed or not request.path.startswith((PAGES, REFERENCE, DOCUMENT)):
            return
        if not secrets.compare_digest(_credentials(request), self._wanted):
            raise Problem(
                401,
                "password_required",
                "the documents are behind a password",
                headers={"WWW-Authenticate": 'Basic realm="documents", charset="UTF-8"'},
            )


def lead_from_older_addresses(app: FastAPI) -> None:
    async def lead(request: HttpRequest) -> RedirectResponse:
        return RedirectResponse(_OLDER[request.url.path])

    for old in _OLDER:
        app.add_route(old, lead, include_in_schema=False)


def _credentials(request: Request) -> bytes:
    scheme, _, given = request.headers.get(b"authorization", b"").partition(b" ")
    if scheme.lower() != b"basic":
        return b""
    try:
        return base64.b64decode(given, validate=True)
    except binascii.Error:
        return b""
