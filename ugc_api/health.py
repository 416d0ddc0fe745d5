"""Whether the process lives, and whether events can be accepted: for what runs and routes us."""

from typing import Any

from fastapi import FastAPI

from ugc_api.access.keys import Keys
from ugc_api.problems import CONTENT_TYPE, Problem
from ugc_api.publishing.publisher import Publisher

_NOT_READY: dict[int | str, dict[str, Any]] = {
    503: {
        "description": "Something is missing; code: not_ready",
        "content": {
            CONTENT_TYPE.decode(): {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "example": {
                    "type": "about:blank",
                    "title": "Service Unavailable",
                    "status": 503,
                    "code": "not_ready",
                    "detail": "events cannot be accepted without: kafka",
                    "missing": ["kafka"],
                },
            }
        },
    }
}


def add_health(app: FastAPI, publisher: Publisher, keys: Keys) -> None:
    @app.get("/healthz", tags=["operation"], summary="The process is alive")
    async def healthz() -> dict[str, str]:
        """On the API's own port; the front door does not let it through."""
        return {"status": "ok"}

    @app.get("/readyz", tags=["operation"], summary="Events can be accepted", responses=_NOT_READY)
    async def readyz() -> dict[str, str]:
        """On the API's own port; the front door does not let it through. ClickHouse is not asked:
        events are accepted without it."""
        missing = await publisher.missing() + keys.missing()
        if missing:
            detail = f"events cannot be accepted without: {', '.join(missing)}"
            raise Problem(
                503,
                "not_ready",
                detail,
                headers={"Retry-After": "1"},
                extra={"missing": missing},
            )
        return {"status": "ready"}
