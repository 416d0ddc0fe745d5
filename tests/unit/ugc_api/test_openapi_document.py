"""The OpenAPI document: every refusal of the code is in it, and none that the code never says."""

import ast
import gzip
import inspect
import json
import re
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import jsonschema
import pytest
import zstandard

from embedded import nginx
from tests.unit.ugc_api.serving import ADDRESS, FILM, Api, report
from ugc_api import exchange, problems
from ugc_api.access import admission
from ugc_api.every_answer import ON_THE_WAY
from ugc_api.ingest import (
    batches,
    events,
    identities,
    inflation,
    outcome,
    reports,
    room,
    routes,
    split,
)
from ugc_api.ingest.routes import MANY, OFFSETS, ONE
from ugc_api.reads.cursors import Cursor
from ugc_api.refusals import BATCH_CODES

INGEST = [admission, batches, events, exchange, identities, inflation, outcome, problems]
INGEST += [reports, room, routes, split]

ANOTHER_METHOD = {(405, "method_not_allowed"), (404, "not_found")}


async def document(api: Api) -> dict[str, Any]:
    answer = await api.client.get("/api/openapi.json")
    assert answer.status_code == 200
    return dict(answer.json())


def constants(node: ast.expr, module: ast.Module) -> set[object]:
    """What an expression may be: itself, either branch, or what was assigned to its name."""
    match node:
        case ast.Constant():
            return {node.value}
        case ast.IfExp():
            return constants(node.body, module) | constants(node.orelse, module)
        case ast.Name():
            return {
                value
                for found in ast.walk(module)
                if isinstance(found, ast.Assign)
                and any(isinstance(t, ast.Name) and t.id == node.id for t in found.targets)
                for value in constants(found.value, module)
            }
        case _:
            raise AssertionError(f"a code that is no constant: {ast.dump(node)}")


def raised_by(*modules: ModuleType) -> set[tuple[object, object]]:
    """Status and code of each `Problem(...)` in the source."""
    found = set()
    for module in modules:
        tree = ast.parse(inspect.getsource(module))
        for call in ast.walk(tree):
            match call:
                case ast.Call(func=ast.Name(id="Problem"), args=[status, code, *_]):
                    for one in constants(status, tree):
                        found |= {(one, text) for text in constants(code, tree)}
    return found


@pytest.mark.parametrize("route", [ONE, OFFSETS, MANY])
async def test_every_refusal_is_described(api: Api, route: str) -> None:
    responses = (await document(api))["paths"][route]["post"]["responses"]
    described = {
        (int(status), code)
        for status, response in responses.items()
        if "; code: " in response["description"]
        for code in response["description"].rpartition("code: ")[2].split(", ")
    }
    elsewhere = {(status, code) for status, (_, codes) in ON_THE_WAY.items() for code in codes}
    described -= elsewhere
    raised = raised_by(*INGEST) - ANOTHER_METHOD - elsewhere
    assert len(raised) > 20
    if route != MANY:
        raised = {(status, code) for status, code in raised if code not in BATCH_CODES}
    assert described == raised


async def test_its_schema_takes_what_the_route_takes(api: Api) -> None:
    whole = await document(api)
    schema = {"$ref": "#/components/schemas/ProgressReport", "components": whole["components"]}
    validator = jsonschema.Draft202012Validator(schema)
    operation = whole["paths"][ONE]["post"]
    example = operation["requestBody"]["content"]["application/json"]["example"]
    for good in (report(), example):
        validator.validate(good)
    for bad in (report(progress=-1), report(total=0), report(x=1), report(progress=...)):
        assert not validator.is_valid(bad)
        assert (await api.post(bad)).status_code == 422


async def test_a_problem_is_as_described(api: Api) -> None:
    whole = await document(api)
    answer = await api.client.get("/nothing")
    jsonschema.validate(answer.json(), whole["components"]["schemas"]["Problem"])


async def test_every_reference_leads_somewhere(api: Api) -> None:
    whole = await document(api)
    references = set(re.findall(r"'\$ref': '#/([^']+)'", repr(whole)))
    assert references
    for reference in references:
        place: Any = whole
        for name in reference.split("/"):
            place = place[name]


async def test_it_stays_the_same_when_asked_again(api: Api) -> None:
    assert await document(api) == await document(api)


async def test_every_answer_is_shown(api: Api) -> None:
    """By an example, or by a schema whose every field has one."""
    whole = await document(api)

    def shown(schema: dict[str, Any]) -> bool:
        name = schema.get("$ref", "").rpartition("/")[2]
        fields = whole["components"]["schemas"].get(name, schema).get("properties", {})
        return bool(fields) and all(
            "examples" in field or shown(field) or shown(field.get("items", {})) or "enum" in field
            for field in fields.values()
        )

    for path, methods in whole["paths"].items():
        for method, operation in methods.items():
            for status, answer in operation["responses"].items():
                for content in answer.get("content", {}).values():
                    known = content.keys() & {"example", "examples"} or shown(content["schema"])
                    assert known or path in ("/healthz", "/readyz"), (path, method, status)


@pytest.mark.parametrize("route", [ONE, OFFSETS, MANY])
async def test_its_schemas_take_what_is_answered(api: Api, route: str) -> None:
    whole = await document(api)
    bodies: dict[str, dict[str, object]] = {
        ONE: {"to": ADDRESS, "body": report()},
        OFFSETS: {"to": OFFSETS, "body": {"movie_id": str(FILM), "movie_time_offset": 1}},
        MANY: {"to": MANY, "body": [report(film_id=str(FILM)), report()]},
    }
    answer = await api.post(**bodies[route])  # type: ignore[arg-type]
    assert answer.status_code < 300
    described = whole["paths"][route]["post"]["responses"][str(answer.status_code)]
    schema = described["content"]["application/json"]["schema"]
    validator = jsonschema.Draft202012Validator({**schema, "components": whole["components"]})
    validator.validate(answer.json())
    assert not validator.is_valid({})


async def test_a_line_of_a_batch_is_described_as_an_element_of_its_array(api: Api) -> None:
    content = (await document(api))["paths"][MANY]["post"]["requestBody"]["content"]
    array, lines = (
        content[kind]["schema"] for kind in ("application/json", "application/x-ndjson")
    )
    assert array["items"] == lines["items"]
    assert array["minItems"] == 1
    assert (await api.post(b"[]", to=MANY)).status_code == 422


async def test_no_parameter_may_be_null(api: Api) -> None:
    """In an address there is no null: "null" would be a text."""
    for path, methods in (await document(api))["paths"].items():
        for operation in methods.values():
            for parameter in operation.get("parameters", ()):
                assert "null" not in repr(parameter["schema"]), (path, parameter["name"])


async def test_it_tells_a_cursor_and_a_receipt_from_other_texts(api: Api) -> None:
    paths = (await document(api))["paths"]
    schemas = {
        parameter["name"]: jsonschema.Draft202012Validator(parameter["schema"])
        for path in ("/api/v1/progresses", "/api/v1/events/{event_id}")
        for parameter in paths[path]["get"]["parameters"]
    }
    cursor = str(Cursor.start(datetime.now(UTC)))
    for name, good, bad in (("cursor", cursor, "W10="), ("receipt", "3-1042", "03-1042")):
        assert schemas[name].is_valid(good)
        assert not schemas[name].is_valid(bad)


async def test_every_answer_has_the_headers_that_hold_for_all(api: Api) -> None:
    for path, methods in (await document(api))["paths"].items():
        for method, operation in methods.items():
            for status, answer in operation["responses"].items():
                headers = answer["headers"].keys()
                assert "X-Request-Id" in headers, (path, method, status)
                assert ("Retry-After" in headers) == (status in ("429", "503")), (path, status)
                assert ("WWW-Authenticate" in headers) == (status == "401"), (path, status)


async def test_a_route_may_be_refused_by_the_front_door_in_the_words_of_its_configuration(
    api: Api,
) -> None:
    told = (nginx.TEMPLATES / "problems.conf.template").read_text()
    for path, methods in (await document(api))["paths"].items():
        for operation in methods.values():
            for status, (_, codes) in ON_THE_WAY.items():
                content = operation["responses"][str(status)]["content"]
                examples = content["application/problem+json"]["examples"]
                asks_of_health = {"overloaded"} if path in ("/healthz", "/readyz") else set()
                assert codes.keys() - asks_of_health <= examples.keys(), (path, status)
                assert not asks_of_health & examples.keys(), (path, status)
                for code in codes.keys() - {"host_not_allowed", "overloaded"}:  # the API's own
                    problem = examples[code]["value"]
                    assert f'"code":"{code}","detail":"{problem["detail"]}"' in told


async def test_a_batch_may_come_with_any_preference_and_in_each_encoding_there_is(api: Api) -> None:
    """RFC 7240: a preference that is not known is ignored."""
    parameters = (await document(api))["paths"][MANY]["post"]["parameters"]
    schemas = {one["name"]: jsonschema.Draft202012Validator(one["schema"]) for one in parameters}
    plain = json.dumps([report(film_id=str(FILM))]).encode()
    bodies = {"identity": plain, "gzip": gzip.compress(plain), "zstd": zstandard.compress(plain)}
    for encoding, body in bodies.items():
        headers = {"Prefer": "respond-async", "Content-Encoding": encoding}
        assert all(schemas[name].is_valid(value) for name, value in headers.items())
        assert (await api.post(body, to=MANY, headers=headers)).status_code == 202
    assert not schemas["Content-Encoding"].is_valid("br")
