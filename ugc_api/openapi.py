"""The ingest routes in the OpenAPI document. Their rules are not repeated here: the schema of the
body is the one that decodes it."""

from typing import Any

import msgspec
from fastapi import FastAPI

from ugc_api.ingest import ROUTE
from ugc_api.problems import REFUSALS
from ugc_api.reports import ProgressReport

_EVENT_ID = "01985c3e-5b00-7abc-8def-0123456789ab"
_EVENT_TIME = "2026-11-23T18:30:05.250Z"


def describe_ingest(app: FastAPI) -> None:
    """Make `app.openapi()` include the ingest routes, which are answered in front of it."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        document = generate()
        _, schemas = msgspec.json.schema_components(
            [ProgressReport], ref_template="#/components/schemas/{name}"
        )
        components = document.setdefault("components", {})
        components.setdefault("schemas", {}).update(schemas, Problem=_PROBLEM)
        components.setdefault("securitySchemes", {})["bearer"] = {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
        }
        # First: what most readers come for.
        document["paths"] = {ROUTE: {"post": _post_progress()}, **document["paths"]}
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend it


_PROBLEM = {
    "type": "object",
    "description": "RFC 9457; `code` is stable.",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "event_id": {"type": "string", "format": "uuid"},
        "event_time": {"type": "string", "format": "date-time"},
    },
}


def _post_progress() -> dict[str, Any]:
    accepted = {"event_id": _EVENT_ID, "event_time": _EVENT_TIME, "receipt": "3-1042"}
    return {
        "tags": ["progress"],
        "summary": "Report how far a film was watched",
        "description": "Answered with 202 once every in-sync Kafka replica has the event. "
        "Repeating it with the same event_id and event_time never counts it twice.",
        "security": [{"bearer": []}],
        "parameters": [
            {
                "name": "film_id",
                "in": "path",
                "required": True,
                "schema": {"type": "string", "format": "uuid"},
            }
        ],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"$ref": "#/components/schemas/ProgressReport"},
                    # Without id and time: a fixed one would be the same event for every reader,
                    # and soon too old.
                    "example": {"progress": 754.5, "total": 5400},
                }
            },
        },
        "responses": {
            "202": {
                "description": "Kafka has it",
                "content": {"application/json": {"example": accepted}},
            },
            **{str(status): _refusal(status) for status in REFUSALS},
        },
    }


def _refusal(status: int) -> dict[str, Any]:
    text, codes = REFUSALS[status]
    return {
        "description": f"{text}; code: {', '.join(codes)}",
        "content": {
            "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
        },
    }
