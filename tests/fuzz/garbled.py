"""Requests with something broken that no schema would think of: bytes, encodings, sizes. Whether
the API takes them is its to say; the ledger reads what was really sent."""

import gzip
import json
import random
from collections.abc import Callable, Sequence
from typing import Any

import zstandard

from tests.fuzz import odd
from tests.fuzz.document import MANY, NDJSON, Case

Garble = Callable[[random.Random, bytes, dict[str, str]], bytes]
"""Another body; the headers are changed in place."""

TOO_LARGE = 70 * 1024  # for one event
TOO_MANY = 10_001


def garble(rng: random.Random, case: Case, only_content: bool) -> None:
    """Break `case`, a sound one: its body or query, or, unless it is said, the way to the route."""
    if not only_content and rng.random() < 0.25:
        _astray(rng, case)
    elif case.media_type:
        _break_body(rng, case)
    else:
        case.query = _query(rng, dict(case.query))


def _astray(rng: random.Random, case: Case) -> None:
    """An address or headers that do not get through, or not to where they seem to lead."""
    if case.path_parameters and rng.random() < 0.7:
        (name,) = case.path_parameters
        case.path_parameters = {name: rng.choice(odd.SEGMENTS)}
    else:
        case.headers[rng.choice(["traceparent", "Prefer", "Accept"])] = rng.choice(odd.HEADERS)


def _break_body(rng: random.Random, case: Case) -> None:
    lines = case.body if isinstance(case.body, list) else [case.body]
    if case.media_type == NDJSON:
        plain = "\n".join(map(json.dumps, lines)).encode() + rng.choice([b"", b"\n", b"\r\n\n"])
    else:
        plain = json.dumps(case.body).encode()
    case.headers.pop("Content-Encoding", None)
    headers: dict[str, str] = {}
    kinds = (*_ANY, *(_OF_BATCHES if case.operation.label == MANY else ()))
    case.body = rng.choice(kinds)(rng, plain, headers)
    case.headers.update(headers)


def _flipped(rng: random.Random, plain: bytes, _: dict[str, str]) -> bytes:
    at = rng.randrange(len(plain))
    return plain[:at] + rng.randbytes(1) + plain[at + 1 :]


def _inserted(rng: random.Random, plain: bytes, _: dict[str, str]) -> bytes:
    at = rng.randrange(len(plain))
    return plain[:at] + rng.choice([b'"', b",", b"\0", b"\xff", b"1", b"}", b" "]) + plain[at:]


def _cut(rng: random.Random, plain: bytes, _: dict[str, str]) -> bytes:
    return plain[: rng.randrange(len(plain))]


def _repeated_field(rng: random.Random, plain: bytes, _: dict[str, str]) -> bytes:
    again = rng.choice([b'{"progress": 1, ', b'{"movie_time_offset": 1, ', b'{"event_id": null, '])
    return plain.replace(b"{", again, 1)


def _other_value(rng: random.Random, plain: bytes, _: dict[str, str]) -> bytes:
    """In the place of a field's, or of one more field."""
    name = rng.choice(sorted(odd.OF_FIELDS))
    value = rng.choice([*odd.OF_FIELDS[name], *odd.VALUES])
    before, found, after = plain.partition(b'"%b": ' % name)
    if not found:
        return plain.replace(b"{", b'{"%b": %b, ' % (name, value), 1)
    end = min(at for at in (after.find(b","), after.find(b"}")) if at >= 0)
    return before + found + value + after[end:]


def _another_type(rng: random.Random, plain: bytes, headers: dict[str, str]) -> bytes:
    headers["Content-Type"] = rng.choice(
        ["text/plain", "application/xml", "", "application/json; charset=utf-8", NDJSON]
    )
    return plain


def _another_encoding(rng: random.Random, plain: bytes, headers: dict[str, str]) -> bytes:
    headers["Content-Encoding"] = rng.choice(["br", "deflate", "gzip", "zstd", "gzip, gzip", "x"])
    return plain


def _large(rng: random.Random, plain: bytes, _: dict[str, str]) -> bytes:
    return plain + b" " * TOO_LARGE


def _compressed_badly(rng: random.Random, plain: bytes, headers: dict[str, str]) -> bytes:
    name = headers["Content-Encoding"] = rng.choice(["gzip", "zstd"])
    pack = gzip.compress if name == "gzip" else zstandard.compress
    whole = pack(plain)
    return rng.choice(
        [whole[: rng.randrange(len(whole))], whole + b"more", whole * 2, pack(whole), whole[::-1]]
    )


def _bomb(rng: random.Random, plain: bytes, headers: dict[str, str]) -> bytes:
    headers["Content-Encoding"] = "zstd"
    return zstandard.compress(plain + b" " * (4 * 1024 * 1024))


def _too_many(rng: random.Random, plain: bytes, headers: dict[str, str]) -> bytes:
    headers["Content-Type"] = NDJSON
    return b"{}\n" * TOO_MANY


def _mixed(rng: random.Random, plain: bytes, headers: dict[str, str]) -> bytes:
    """Some lines that are none, between those that are."""
    headers["Content-Type"] = NDJSON
    lines = plain.splitlines() if plain.startswith(b"{") else map(_packed, json.loads(plain))
    mixed = [one for line in lines for one in (line, rng.choice([b"", b"{}", b"[]", b"\xff"]))]
    return b"\n".join([*mixed, b"{}"])


_ANY: Sequence[Garble] = (
    *(_flipped, _flipped, _inserted, _cut, _repeated_field, _other_value, _other_value),
    *(_another_type, _another_encoding, _large),
)
_OF_BATCHES: Sequence[Garble] = (_compressed_badly, _compressed_badly, _bomb, _too_many, _mixed)


def _query(rng: random.Random, query: dict[str, Any]) -> dict[str, Any]:
    if not query or rng.random() < 0.3:
        name = rng.choice(["limit", "cursor", "receipt", "days", "user_id", "x"])
        return {**query, name: rng.choice(["", "0-0", "\0", "W10", "1" * 300, "é", ["1", "2"]])}
    name, value = rng.choice(sorted(query.items()))
    text = str(value)
    at = rng.randrange(len(text)) if text else 0
    return {**query, name: text[:at] + rng.choice("abcXYZ019-_") + text[at + rng.randint(0, 1) :]}


def _packed(value: object) -> bytes:
    return json.dumps(value).encode()
