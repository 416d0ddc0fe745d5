"""Every body of the single POST that is refused, with its status and code."""

import json
from collections.abc import Mapping

import pytest

from tests.unit.ugc_api.serving import Api, ago, report, uuid7

EVENT_ID = '"8f14e45f-ceea-467f-a8f5-3e2b7c0d9a11"'
LONG_NUMBER = "1" + "0" * 400
HUGE_NUMBER = "1" + "0" * 5000


def given(**fields: str) -> bytes:
    """A report with fields as JSON text; `progress` and `total` are there unless given."""
    texts = {"progress": "1", "total": "2", **fields}
    return ("{" + ",".join(f'"{name}":{text}' for name, text in texts.items()) + "}").encode()


def more(text: str) -> bytes:
    """A valid report with `text` before its end."""
    return b'{"progress":1,"total":2' + text.encode() + b"}"


INVALID_JSON = {
    "text": b"hello",
    "white space": b" \n",
    "open brackets": b"{" * 60_000,
    "truncated": b'{"progress":1,"total":',
    "two objects": given() + given(),
    "NaN": given(progress="NaN"),
    "Infinity": given(progress="Infinity"),
    "byte order mark": b"\xef\xbb\xbf" + given(),
    "NUL after the end": given() + b"\0",
    "single quotes": given().replace(b'"', b"'"),
    "leading zero": given(progress="01"),
    "comment": more("/**/"),
    "invalid UTF-8 in a name": b'{"progress":1,"total":2,"\xff\xfe":3}',
    "invalid UTF-8 in a known name": b'{"pro\xffgress":1,"total":2}',
    "half a surrogate pair in a name": more(r',"\ud800":1'),
    "half a surrogate pair in a text": more(r',"event_id":"\ud800"'),
    "UTF-16": given().decode().encode("utf-16"),
}
INVALID_FIELD = {
    "null": b"null",
    "array": b"[" + given() + b"]",
    "string": b'"report"',
    "number": b"5",
    "array of 60 000 brackets": b"[" * 60_000,
    "no field": b"{}",
    "no progress": b'{"total":2}',
    "no total": b'{"progress":2}',
    "progress as text": given(progress='"1"'),
    "progress as bool": given(progress="true"),
    "progress as null": given(progress="null"),
    "progress as 60 000 brackets": given(progress="[" * 60_000),
    "total as array": given(total="[2]"),
    "progress 1e30": given(progress="1e30"),
    "progress 1e400": given(progress="1e400"),
    "total of 401 digits": given(total=LONG_NUMBER),
    "total of 5001 digits": given(total=HUGE_NUMBER),
    "progress negative": given(progress="-0.001"),
    "progress hardly negative": given(progress="-1e-300"),
    "progress beyond a week": given(progress="604800.0001", total="604800"),
    "total beyond a week": given(total="604801"),
    "total 0": given(progress="0", total="0"),
    "total -0.0": given(progress="0", total="-0.0"),
    "total less than half a millisecond": given(progress="0", total="0.0004"),
    "total underflowing": given(progress="0", total="1e-400"),
    "event_time null": given(event_time="null"),
    "event_time as number": given(event_time="1790000000"),
    "event_time without zone": given(event_time='"2026-09-21T12:00:00"'),
    "event_time a date": given(event_time='"2026-09-21"'),
    "event_time empty": given(event_time='""'),
    "event_time in a leap second": given(event_time='"2016-12-31T23:59:60Z"'),
    "event_time on the 30th of February": given(event_time='"2026-02-30T00:00:00Z"'),
    "event_time in the year 10000": given(event_time='"10000-01-01T00:00:00Z"'),
    "event_time rounding past 9999": given(event_time='"9999-12-31T23:59:59.9999999Z"'),
    "event_time with a zone of a day": given(event_time='"2026-09-21T12:00:00+24:00"'),
    "event_time with an escaped quote": given(event_time=r'"2026-09-21\"T12:00:00Z"'),
    "event_id null": given(event_id="null"),
    "event_id no UUID": given(event_id='"8f14e45f"'),
    "event_id as number": given(event_id="7"),
    "event_id in braces": given(event_id='"{8f14e45f-ceea-467f-a8f5-3e2b7c0d9a11}"'),
    "user_id null": given(user_id="null"),
    "user_id no UUID": given(user_id='"me"'),
}
UNKNOWN_FIELD = {
    "film_id": more(f',"film_id":{EVENT_ID}'),
    "another case": more(',"Progress":1'),
    "received_at": more(f',"received_at":"{ago(0)}"'),
    "empty name": more(',"":1'),
    "deep value": more(',"x":' + "[" * 500 + "]" * 500),
    "10 000 objects": b'{"x":' * 10_000,
    "long name": more(f',"{"x" * 60_000}":1'),
}
REPEATED_FIELD = {
    "progress": more(',"progress":1'),
    "escaped progress": more(r',"pro\u0067ress":1'),
    "progress, first refused alone": b'{"progress":2,"total":2,"progress":1}',
    "total": more(',"total":2'),
    "event_id": more(f',"event_id":{EVENT_ID},"event_id":{EVENT_ID}'),
    "escaped user_id": more(rf',"user_id":{EVENT_ID},"user\u005fid":{EVENT_ID}'),
    "event_time": more(f',"event_time":"{ago(0)}","event_time":"{ago(9)}"'),
    "everything": more(',"progress":1,"total":2'),
}
DAY = 24 * 3600
OUT_OF_WINDOW = {
    "a day too old": report(event_time=ago(31 * DAY)),
    "a day ahead": report(event_time=ago(-DAY)),
    "year 0001 with an offset": report(event_time="0001-01-01T00:00:00+23:59"),
    "year 9999 with an offset": report(event_time="9999-12-31T23:59:59-23:59"),
    "before 1970": report(event_time="1969-12-31T23:59:59Z"),
}
TIME_REQUIRED = {
    "UUIDv4": report(event_id=json.loads(EVENT_ID)),
    "nil UUID": report(event_id="00000000-0000-0000-0000-000000000000"),
    "UUIDv1": report(event_id="c232ab00-9414-11ec-b3c8-9f6bdeced846"),
    "UUIDv7 of long ago": report(event_id=str(uuid7(1_000_000))),
    "UUIDv7 of the year 10889": report(event_id="ffffffff-ffff-7fff-bfff-ffffffffffff"),
}
REFUSED: dict[str, Mapping[str, bytes | dict[str, object]]] = {
    "body_empty": {"nothing": b""},
    "invalid_json": INVALID_JSON,
    "invalid_field": INVALID_FIELD,
    "unknown_field": UNKNOWN_FIELD,
    "repeated_field": REPEATED_FIELD,
    "progress_beyond_total": {
        "by a millisecond": given(progress="2.001"),
        "a week": given(progress="604800", total="604799.999"),
    },
    "event_time_out_of_window": OUT_OF_WINDOW,
    "event_time_required": TIME_REQUIRED,
}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param(case, code, id=f"{code}-{name}")
        for code, cases in REFUSED.items()
        for name, case in cases.items()
    ],
)
async def test_it_is_refused_as_a_problem_and_not_published(
    api: Api, body: bytes | dict[str, object], code: str
) -> None:
    answer = await api.post(body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json().keys() == {"type", "title", "status", "code", "detail"}
    assert api.publisher.events == []
    assert api.measured("ugc_events_refused_total", code=code) == 1
