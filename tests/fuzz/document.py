"""The OpenAPI document as schemathesis is to read it: what its formats hold here, and how bodies
go on the wire. Tokens are ours to make, so the document is read without its security."""

import gzip
import json
import random
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import httpx
import schemathesis
import zstandard
from hypothesis import strategies as st
from schemathesis import SerializationContext
from schemathesis.core import NotSet
from schemathesis.core.result import Ok

from tests.fuzz import reports

Operation = schemathesis.APIOperation[Any, Any, Any, Any]
Case = schemathesis.Case[Any]

NDJSON = "application/x-ndjson"
ONE = "POST /api/v1/progresses/films/{film_id}"
MANY = "POST /api/v1/progresses"
OFFSET = "POST /bigdata-api/v1/producer/views"
POSITION = "GET /api/v1/progresses/films/{film_id}"
LIST = "GET /api/v1/progresses"
EVENT = "GET /api/v1/events/{event_id}"
TOP = "GET /api/v1/films/top"
STATS = "GET /api/v1/films/{film_id}/stats"
INGEST = (ONE, MANY, OFFSET)
"""The routes, by schemathesis' labels."""

RNGS = st.integers(0, 2**64 - 1).map(random.Random)
"""What our own values come from: one drawn number each."""

_CONFIG = schemathesis.Config.from_dict(
    {"checks": {"negative_data_rejection": {"expected-statuses": ["4xx"]}}}
)
_COMPRESS: Mapping[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "zstd": zstandard.compress,
}


def operations(url: str) -> Sequence[Operation]:
    """Every route of the document at `url`."""
    document = httpx.get(url, trust_env=False).raise_for_status().json()
    for methods in document["paths"].values():
        for operation in methods.values():
            operation.pop("security", None)
    schemathesis.openapi.format("uuid", RNGS.map(lambda rng: str(reports.new(rng))))
    schemathesis.openapi.format("date-time", RNGS.map(_timestamp))
    for media_type, serialize in ((NDJSON, _lines), ("application/json", _json)):
        schemathesis.serializer(media_type)(serialize)
    schema = schemathesis.openapi.from_dict(document, config=_CONFIG)
    return [result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)]


def _timestamp(rng: random.Random) -> str:
    moment = rng.choice([datetime.now(UTC), reports.moment(rng)])
    return reports.timestamp(rng, moment)


def _json(context: SerializationContext, body: Any) -> bytes:
    return _compressed(context, body if isinstance(body, bytes) else _text(body))


def _lines(context: SerializationContext, body: Any) -> bytes:
    """A list is a line each; what is none is sent as the one line it makes."""
    if isinstance(body, bytes):
        return _compressed(context, body)
    lines = body if isinstance(body, list) else [body]
    return _compressed(context, b"".join(_text(line) + b"\n" for line in lines))


def _text(value: Any) -> bytes:
    return json.dumps(value, default=str).encode()


def _compressed(context: SerializationContext, plain: bytes) -> bytes:
    """As the Content-Encoding of the case says, where it says one of ours. What was garbled is
    bytes already, and stays as it is."""
    if isinstance(context.case.body, bytes | NotSet):
        return plain
    encoding = str(context.case.headers.get("Content-Encoding", ""))
    return _COMPRESS.get(encoding, bytes)(plain)
