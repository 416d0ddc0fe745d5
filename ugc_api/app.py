"""`create_app`: the parts of the API and the order in which they open and close."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi_offline import FastAPIOffline
from starlette.exceptions import HTTPException

from ugc_api.admission import Admission
from ugc_api.documents import DOCUMENT, PAGES, REFERENCE, lead_from_older_addresses
from ugc_api.front import Front
from ugc_api.ingest import Ingest
from ugc_api.metrics import Metrics
from ugc_api.openapi import describe_ingest
from ugc_api.problems import CONTENT_TYPE, Problem, method_not_allowed, not_found
from ugc_api.publisher import Publisher
from ugc_api.rate import RateLimit
from ugc_api.settings import Settings
from ugc_api.tokens import Tokens


def create_app(settings: Settings, metrics: Metrics) -> Front:
    """The whole API as one ASGI application.

    Opening: the publisher starts to connect, and the API answers at once (503 until Kafka is
    there). Closing, after the server has let the last request finish: the publisher flushes and
    stops, within its limit. Raises InvalidSettings.
    """
    tokens = Tokens(settings)
    publisher = Publisher(
        settings.brokers, settings.topic, settings.producer_timeout_ms / 1000, metrics
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with publisher:
            yield

    rest: FastAPI = FastAPIOffline(
        docs_url=PAGES,
        redoc_url=REFERENCE,
        static_url="/api/assets",
        openapi_url=DOCUMENT,
        swagger_ui_oauth2_redirect_url="/api/docs/oauth2-redirect",
        title="UGC view progress",
        version="1",
        lifespan=lifespan,
        exception_handlers={
            HTTPException: _http_error,
            RequestValidationError: _invalid_request,
            Problem: _problem,
            Exception: _unexpected,
        },
    )
    _add_health(rest, publisher)
    lead_from_older_addresses(rest)
    describe_ingest(rest)
    admission = Admission(tokens, RateLimit(settings.rate_per_user), metrics)
    ingest = Ingest(admission, publisher, metrics)
    return Front(ingest, rest, metrics, settings)


def _add_health(app: FastAPI, publisher: Publisher) -> None:
    @app.get("/healthz", tags=["operation"], summary="The process is alive")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/readyz", tags=["operation"], summary="Events can be accepted")
    async def readyz() -> dict[str, str]:
        """ClickHouse is not asked: events are accepted without it."""
        missing = await publisher.missing()
        if missing:
            detail = f"events cannot be accepted without: {', '.join(missing)}"
            raise Problem(503, "not_ready", detail, extra={"missing": missing})
        return {"status": "ready"}


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
    return _respond(Problem(422, "invalid_request", str(error)))


async def _unexpected(_: Request, error: Exception) -> Response:
    return _respond(Problem(500, "internal_error", "something is wrong here"))
