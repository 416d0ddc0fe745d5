"""JSON as nobody's player writes it: 422 at each route and door, and nothing of it goes in."""

from collections.abc import Mapping
from typing import NamedTuple

import httpx
import pytest

from tests.integration.security.strangers import LIST, REPORT
from tests.stack import RunningStack

FILM = REPORT.rpartition("/")[2].encode()
DEEP = 100_000
OFFSET = "/bigdata-api/v1/producer/views"


class Way(NamedTuple):
    """How a number or a whole report comes in; `%s` is its place."""

    address: str
    media_type: str
    number: bytes
    report: bytes
    limit: int  # of the body


JSON, LINES = "application/json", "application/x-ndjson"
WAYS: Mapping[str, Way] = {
    "one": Way(REPORT, JSON, b'{"progress":%s,"total":2}', b"%s", 64 << 10),
    "array": Way(
        LIST, JSON, b'[{"film_id":"' + FILM + b'","progress":%s,"total":2}]', b"[%s]", 4 << 20
    ),
    "lines": Way(
        LIST, LINES, b'{"film_id":"' + FILM + b'","progress":%s,"total":2}\n', b"%s\n", 4 << 20
    ),
    "offset": Way(
        OFFSET, JSON, b'{"movie_id":"' + FILM + b'","movie_time_offset":%s}', b"%s", 64 << 10
    ),
    "created_at": Way(
        OFFSET,
        JSON,
        b'{"movie_id":"' + FILM + b'","movie_time_offset":1,"created_at":%s}',
        b"%s",
        64 << 10,
    ),
}
NUMBERS: Mapping[str, bytes] = {
    "1e400": b"1e400",
    "-1e400": b"-1e400",
    "a huge exponent": b"1e99999999999999999999",
    "5000 digits": b"9" * 5000,
    "50 000 digits": b"9" * 50_000,
    **{
        text: text.encode()
        for text in ("NaN", "Infinity", "-Infinity", "0x10", "1_000", "01", "+1")
    },
    **{text: text.encode() for text in ("1.", ".5", "1e", "--1", "1,0", "1 0", "٣", "1f", "0b1")},
    "open brackets": b"[" * DEEP,
    "brackets": b"[" * DEEP + b"]" * DEEP,
    "objects": b'{"a":' * DEEP,
    "nothing": b"",
}
GOOD = b'{"progress":1,"total":2}'
TEXTS: Mapping[str, bytes] = {
    "open brackets": b"[" * DEEP,
    "brackets": b"[" * DEEP + b"]" * DEEP,
    "open objects": b'{"a":' * DEEP,
    "objects": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "deep in an unknown field": b'{"a":' + b"[" * DEEP + b"]" * DEEP + b"}",
    "byte order mark": b"\xef\xbb\xbf" + GOOD,
    "UTF-16": GOOD.decode().encode("utf-16"),
    "UTF-16 without a mark": GOOD.decode().encode("utf-16-le"),
    "UTF-32": GOOD.decode().encode("utf-32"),
    "half a surrogate pair": b'{"event_id":"\\ud800"}',
    "half a surrogate pair for a name": b'{"\\udfff":1}',
    "surrogates as UTF-8": b'{"event_id":"\xed\xa0\x80"}',
    "invalid UTF-8": b'{"event_id":"\xff"}',
    "invalid UTF-8 for a name": b'{"\xff":1}',
    "overlong UTF-8": b'{"event_id":"\xc0\xaf"}',
    "NUL in a text": b'{"event_id":"\0"}',
    "NUL, escaped": b'{"event_id":"\\u0000"}',
    "NUL behind": GOOD + b"\0",
    "a long text": b'{"event_id":"' + b"x" * 60_000 + b'"}',
    "a long name": b'{"' + b"x" * 60_000 + b'":1}',
    "a name twice": b'{"progress":1,"total":2,"progress":1}',
    "a name twice, once escaped": b'{"progress":1,"total":2,"pro\\u0067ress":1}',
    "a name for a prototype": b'{"__proto__":{"total":2},"progress":1}',
    "an array": b"[" + GOOD + b"]",
    **{text: text.encode() for text in ("1", "null", "true", '"a"', "{}", "[]", "a", "{", '"')},
}
CODES = {
    *("invalid_json", "invalid_field", "unknown_field", "repeated_field", "body_empty"),
    *("batch_cut_off", "nothing_valid"),
}


@pytest.mark.usefixtures("nothing_published")
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
async def test_it_is_refused(
    running_stack: RunningStack, asking: httpx.AsyncClient, door: str, way: Way
) -> None:
    headers = {"Content-Type": way.media_type, "Authorization": f"Bearer {running_stack.token()}"}
    bodies = {f"number {name}": way.number % text for name, text in NUMBERS.items()}
    bodies |= {f"text {name}": way.report % text for name, text in TEXTS.items()}
    for name, body in bodies.items():
        answer = await asking.post(door + way.address, content=body, headers=headers)
        if len(body) > way.limit:
            assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large"), name
        else:
            assert (answer.status_code, answer.json()["code"] in CODES) == (422, True), name
            assert len(answer.content) < 1000, name


async def test_what_is_odd_and_a_number_is_stored_as_one(
    running_stack: RunningStack, asking: httpx.AsyncClient, door: str
) -> None:
    headers = {"Authorization": f"Bearer {running_stack.token()}", "Content-Type": JSON}
    for text in (b"-0", b"-0.0", b"1e-400", b"1E0", b"0." + b"0" * 50_000 + b"1"):
        answer = await asking.post(
            door + REPORT, content=WAYS["one"].number % text, headers=headers
        )
        assert answer.status_code == 202, text[:20]
