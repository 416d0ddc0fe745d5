"""`create_app`: the parts of the API and the order in which they open and close."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi_offline import FastAPIOffline
from starlette.exceptions import HTTPException

from configuration import InvalidSettings
from ugc_api.access.admission import Admission
from ugc_api.access.configured import ConfiguredKey
from ugc_api.access.issuer import Issuer
from ugc_api.access.rate import RateLimit
from ugc_api.access.tokens import Tokens
from ugc_api.documents import DESCRIPTION, DOCUMENT, PAGES, REFERENCE, lead_from_older_addresses
from ugc_api.front import Front
from ugc_api.health import add_health
from ugc_api.ingest.routes import Ingest
from ugc_api.metrics import Metrics
from ugc_api.openapi import describe_ingest
from ugc_api.problems import CONTENT_TYPE, Problem, method_not_allowed, not_found
from ugc_api.publishing.publisher import Publisher
from ugc_api.reads.problems import invalid_parameter
from ugc_api.reads.side import ReadSide
from ugc_api.reads.viewers import add_reads
from ugc_api.settings import Settings


def create_app(settings: Settings, metrics: Metrics) -> Front:
    """The whole API as one ASGI application.

    Opening: the issuer's keys begin to be fetched, the publisher to connect, then the read side,
    and the API answers at once (503 until Kafka is there). Closing, after the server has let the
    last request finish: the read side, then the publisher flushes and stops, within its limit.
    Raises InvalidSettings.
    """
    keys = keys_of(settings, metrics)
    tokens = Tokens(settings, keys)
    publisher = Publisher(
        settings.brokers, settings.topic, settings.producer_timeout_ms / 1000, metrics
    )
    # Who has just sent a day's backlog may still ask where to resume.
    to_report, to_read = (
        Admission(tokens, keys, RateLimit(settings.rate_per_user), metrics) for _ in range(2)
    )
    read_side = ReadSide.of(settings, to_read, metrics)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with keys if isinstance(keys, Issuer) else nullcontext(), publisher, read_side:
            yield

    rest: FastAPI = FastAPIOffline(
        docs_url=PAGES,
        redoc_url=REFERENCE,
        static_url="/api/assets",
        openapi_url=DOCUMENT,
        swagger_ui_oauth2_redirect_url="/api/docs/oauth2-redirect",
        title="UGC view progress",
        description=DESCRIPTION,
        version="1",
        lifespan=lifespan,
        redirect_slashes=False,
        exception_handlers={
            HTTPException: _http_error,
            RequestValidationError: _invalid_request,
            Problem: _problem,
            Exception: _unexpected,
        },
    )
    add_health(rest, publisher, keys)
    lead_from_older_addresses(rest)
    add_reads(rest, read_side)
    describe_ingest(rest)
    ingest = Ingest(to_report, publisher, metrics)
    return Front(ingest, rest, metrics, settings)


def keys_of(settings: Settings, metrics: Metrics) -> ConfiguredKey | Issuer:
    """Raises InvalidSettings unless exactly one key, or one issuer's address, is set."""
    if not settings.jwt_jwks_url:
        return ConfiguredKey(settings)
    if settings.jwt_secret or settings.jwt_public_key:
        raise InvalidSettings("SECURITY_JWT_AUTH_JWKS_URL is set, and a key beside it")
    return Issuer(settings.jwt_jwks_url, settings.jwt_algorithm, metrics)


def _respond(problem: Problem) -> Response:
    return Response(
        problem.body(), problem.status, problem.headers, media_type=CONTENT_TYPE.decode()
    )


async def _problem(_: Request, problem: Exception) -> Response:
    assert isinstance(problem, Problem)  # noqa: S101  # as registered above
    return _respond(problem)


async def _http_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  # as registered above
    if error.status_code == 404:
        return _respond(not_found())
    if error.status_code == 405:
        return _respond(method_not_allowed((error.headers or {}).get("Allow", "GET")))
    return _respond(Problem(error.status_code, "http_error", str(error.detail)))


async def _invalid_request(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101  # as registered above
    return _respond(invalid_parameter(error.errors()))


async def _unexpected(_: Request, error: Exception) -> Response:
    return _respond(Problem(500, "internal_error", "something is wrong here"))
