"""The ingest routes in the OpenAPI document. Their rules are not repeated here: the schemas of the
bodies are the ones that decode them."""

from typing import Any

import msgspec
import orjson
from fastapi import FastAPI

from ugc_api.answer_schemas import (
    ACCEPTED_ALL,
    ACCEPTED_OFFSET,
    ACCEPTED_ONE,
    ACCEPTED_SOME,
    PROBLEM,
    REFUSED_ONE,
)
from ugc_api.every_answer import describe_every_answer
from ugc_api.ingest.inflation import ENCODINGS
from ugc_api.ingest.reports import FilmProgressReport, ProgressReport, ViewOffset
from ugc_api.ingest.routes import MANY, OFFSETS, ONE
from ugc_api.ingest.split import MAX_EVENTS
from ugc_api.problems import Problem
from ugc_api.refusals import BATCH_CODES, REFUSALS

_EVENT_ID = "01985c3e-5b00-7abc-8def-0123456789ab"
_EVENT_TIME = "2026-11-23T18:30:05.250Z"
_FILM = "0b5f7c6e-2a51-4c39-9a39-5e1d4c7a9d10"
_IDENTITY = {"event_id": _EVENT_ID, "event_time": _EVENT_TIME}
# Without id and time: fixed ones would be the same event for every reader, and soon too old.
_REPORT = {"progress": 754.5, "total": 5400}
_LINE = {"film_id": _FILM, **_REPORT}
_OFFSET = {"movie_id": _FILM, "movie_time_offset": 754500}
_REFUSED = [
    {"index": 3, "code": "progress_beyond_total", "detail": "...", "retryable": False},
    {"index": 7, "code": "not_acknowledged", "detail": "...", "retryable": True, **_IDENTITY},
]


def describe_ingest(app: FastAPI) -> None:
    """Make `app.openapi()` include the ingest routes, which are answered in front of it."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        document = generate()
        _, schemas = msgspec.json.schema_components(
            [ProgressReport, FilmProgressReport, ViewOffset],
            ref_template="#/components/schemas/{name}",
        )
        components = document.setdefault("components", {})
        components.setdefault("schemas", {}).update(schemas, Problem=PROBLEM, Refused=REFUSED_ONE)
        components.setdefault("securitySchemes", {})["bearer"] = {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
        }
        # First: what most readers come for.
        paths = document["paths"]
        ours = {ONE: _one(), MANY: _many(), OFFSETS: _offset()}
        merged = {path: {"post": post, **paths.pop(path, {})} for path, post in ours.items()}
        document["paths"] = {**merged, **paths}
        describe_every_answer(document)
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend it


def _one() -> dict[str, Any]:
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
                "example": _FILM,
            }
        ],
        "requestBody": _body("ProgressReport", _REPORT),
        "responses": {
            "202": _answer("Kafka has it", {**_IDENTITY, "receipt": "3-1042"}, ACCEPTED_ONE),
            **_refusals(),
        },
    }


def _many() -> dict[str, Any]:
    array = {
        "type": "array",
        "items": {"$ref": "#/components/schemas/FilmProgressReport"},
        "minItems": 1,
        "maxItems": MAX_EVENTS,
    }
    # As OpenAPI 3.2 has it of sequential media types: the lines are the items.
    lines = {**array, "description": "A FilmProgressReport a line; empty lines do not count."}
    line = msgspec.json.encode(_LINE).decode() + "\n"
    return {
        "tags": ["progress"],
        "summary": "Report many at once",
        "description": "At most 10 000 reports and 4 MiB, also when inflated from gzip or zstd. "
        "What is valid goes in, what is not is named by its index.",
        "security": [{"bearer": []}],
        "parameters": [
            _header(
                "Content-Encoding",
                {"type": "string", "enum": [*ENCODINGS, "identity"]},
                "How the body is compressed.",
            ),
            _header(
                "Prefer",
                {"type": "string", "examples": ["return=minimal"]},
                "return=minimal: refused reports without detail. All else is ignored.",
            ),
        ],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": array, "example": [_LINE, _LINE]},
                "application/x-ndjson": {"schema": lines, "example": line * 2},
            },
        },
        "responses": {
            "202": _answer("Kafka has all of them", {"accepted": 10}, ACCEPTED_ALL),
            "207": _answer("Kafka has some", {"accepted": 8, "refused": _REFUSED}, ACCEPTED_SOME),
            **_refusals(of_batches=True),
        },
    }


def _offset() -> dict[str, Any]:
    return {
        "tags": ["progress"],
        "summary": "Report a position in a film of unknown length",
        "description": "The shape of an older system, for its clients.",
        "security": [{"bearer": []}],
        "requestBody": _body("ViewOffset", _OFFSET),
        "responses": {
            "201": _answer(
                "Kafka has it",
                {"message": "acknowledged", "status": "success"},
                ACCEPTED_OFFSET,
            ),
            **_refusals(),
        },
    }


def _header(name: str, schema: dict[str, Any], text: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": False, "schema": schema, "description": text}


def _body(schema: str, example: dict[str, Any]) -> dict[str, Any]:
    content = {"schema": {"$ref": f"#/components/schemas/{schema}"}, "example": example}
    return {"required": True, "content": {"application/json": content}}


def _answer(text: str, example: Any, schema: dict[str, Any]) -> dict[str, Any]:
    content = {"schema": schema, "example": example}
    return {"description": text, "content": {"application/json": content}}


def _refusals(of_batches: bool = False) -> dict[str, Any]:
    answers = {}
    for status, (text, codes) in REFUSALS.items():
        named = {c: detail for c, detail in codes.items() if of_batches or c not in BATCH_CODES}
        examples = {code: {"value": _example(status, code, named[code])} for code in named}
        if of_batches and status in (422, 503):
            last = list(examples)[-1] if status == 422 else "not_acknowledged"
            told = _REFUSED[:1] if status == 422 else _REFUSED
            examples[last]["value"] |= {"accepted": 0, "refused": told}
        elif status == 503:
            examples["not_acknowledged"]["value"] |= _IDENTITY
        answers[str(status)] = {
            "description": f"{text}; code: {', '.join(named)}",
            "content": {
                "application/problem+json": {
                    "schema": {"$ref": "#/components/schemas/Problem"},
                    "examples": examples,
                }
            },
        }
    return answers


def _example(status: int, code: str, detail: str) -> dict[str, Any]:
    return orjson.loads(Problem(status, code, detail).body())  # type: ignore[no-any-return]
