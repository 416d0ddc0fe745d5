"""Many reports at once: what is valid goes in, what is not is named, and the answer says which."""

import gzip
import json
import zlib
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import httpx
import pytest
import zstandard

from tests.unit.ugc_api.bearer import VIEWER
from tests.unit.ugc_api.serving import FILM, Api, ago, report, service_token
from ugc_api.access.rate import RateLimit
from ugc_api.ingest.batches import MAX_BODY_BYTES
from ugc_api.ingest.identities import named
from ugc_api.ingest.routes import MANY
from ugc_api.ingest.split import MAX_EVENTS
from ugc_api.publishing.publisher import NotAcknowledged

NDJSON = "application/x-ndjson"
OTHER = UUID("11111111-2222-4333-8444-555555555555")


def line(**more: object) -> dict[str, object]:
    return {"film_id": str(FILM), **report(**more)}


def ndjson(reports: Sequence[object]) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in reports)


async def send(api: Api, body: object, media_type: str = NDJSON, **headers: str) -> httpx.Response:
    content = body if isinstance(body, bytes) else ndjson(body)  # type: ignore[arg-type]
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await api.post(content, to=MANY, headers={"Content-Type": media_type, **named})


def code_of(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"]


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        (NDJSON, ndjson([line(progress=1), line(progress=2)])),
        (NDJSON, ndjson([line(progress=1), line(progress=2)])[:-1]),
        (NDJSON, ndjson([line(progress=1), line(progress=2)]).replace(b"\n", b"\r\n\n")),
        ("application/json; charset=utf-8", json.dumps([line(progress=1), line(progress=2)])),
    ],
    ids=["lines", "no last newline", "empty lines", "array"],
)
async def test_all_valid_ones_are_accepted_in_order(
    api: Api, media_type: str, body: str | bytes, slash: str
) -> None:
    content = body.encode() if isinstance(body, str) else body
    answer = await api.post(content, to=MANY + slash, headers={"Content-Type": media_type})
    assert (answer.status_code, answer.json()) == (202, {"accepted": 2})
    assert [event.progress for event in api.publisher.events] == [1, 2]
    assert {(event.user_id, event.film_id) for event in api.publisher.events} == {(VIEWER, FILM)}


@pytest.mark.parametrize(
    ("encoding", "compress"), [("gzip", gzip.compress), ("zstd", zstandard.compress)]
)
async def test_it_may_be_compressed(
    api: Api, encoding: str, compress: Callable[[bytes], bytes]
) -> None:
    answer = await send(api, compress(ndjson([line()] * 3)), Content_Encoding=encoding)
    assert (answer.status_code, answer.json()) == (202, {"accepted": 3})


async def test_the_bad_ones_are_named_and_the_good_ones_go_in(api: Api) -> None:
    reports: list[object] = [line(progress=n) for n in range(6)]
    reports[1] = {"film_id": str(FILM), "progress": 1}
    reports[2] = line(user_id=str(OTHER))
    reports[4] = line(progress=10, total=5)
    body = ndjson(reports).replace(b'"progress": 5', b'"progress": ')
    answer = await send(api, body)
    assert answer.status_code == 207
    told = answer.json()
    assert told["accepted"] == 2
    assert [(one["index"], one["code"], one["retryable"]) for one in told["refused"]] == [
        (1, "invalid_field", False),
        (2, "user_mismatch", False),
        (4, "progress_beyond_total", False),
        (5, "invalid_json", False),
    ]
    assert "total" in told["refused"][0]["detail"]
    assert [event.progress for event in api.publisher.events] == [0, 3]
    assert api.measured("ugc_events_received_total") == 2
    for code in ("invalid_field", "user_mismatch", "progress_beyond_total", "invalid_json"):
        assert api.measured("ugc_events_refused_total", code=code) == 1


async def test_a_client_that_knows_its_events_may_ask_for_less(api: Api) -> None:
    answer = await send(api, [line(), line(progress=-1)], Prefer="wait=1, return = minimal")
    assert answer.status_code == 207
    assert answer.json()["refused"] == [{"index": 1, "code": "invalid_field", "retryable": False}]


async def test_even_then_it_is_told_what_to_repeat(api: Api) -> None:
    """The report brought no id: only the answer knows it."""
    api.publisher.failure = NotAcknowledged("deadline")
    answer = await send(api, [line()], Prefer="return=minimal")
    known = {"event_id": str(api.event.event_id), "event_time": named(api.event)["event_time"]}
    assert answer.json()["refused"] == [
        {"index": 0, "code": "not_acknowledged", "retryable": True, **known}
    ]


async def test_nothing_valid_is_no_success(api: Api) -> None:
    answer = await send(api, [line(progress=-1), 7])
    assert code_of(answer) == (422, "nothing_valid")
    assert [one["index"] for one in answer.json()["refused"]] == [0, 1]
    assert api.publisher.events == []


async def test_what_kafka_did_not_acknowledge_is_named_with_what_to_repeat(api: Api) -> None:
    given = UUID("8f14e45f-ceea-467f-a8f5-3e2b7c0d9a11")
    time = ago(60)
    api.publisher.unknown = {given}
    reports = [line(progress=-1), line(), line(event_id=str(given), event_time=time)]
    refusal = await send(api, reports)
    (first, last) = refusal.json()["refused"]
    assert refusal.status_code == 207
    assert refusal.json()["accepted"] == 1
    assert first["retryable"] is False
    assert last["index"] == 2
    assert (last["code"], last["retryable"]) == ("not_acknowledged", True)
    assert (last["event_id"], last["event_time"]) == (str(given), time)
    assert api.measured("ugc_kafka_produce_errors_total", reason="deadline") == 1


async def test_nothing_acknowledged_is_a_503_with_the_same_list(api: Api) -> None:
    api.publisher.failure = NotAcknowledged("deadline")
    answer = await send(api, [line(progress=-1), line()])
    assert code_of(answer) == (503, "not_acknowledged")
    assert answer.headers["retry-after"] == "1"
    told = answer.json()
    assert told["accepted"] == 0
    assert [(one["index"], one["retryable"]) for one in told["refused"]] == [(0, False), (1, True)]
    (event,) = api.publisher.events
    assert told["refused"][1]["event_id"] == str(event.event_id)
    assert api.measured("ugc_events_received_total") == 0


@pytest.mark.parametrize("media_type", [NDJSON, "application/json"])
async def test_ten_thousand_are_taken_and_one_more_is_not(api: Api, media_type: str) -> None:
    short = {"film_id": str(FILM), "progress": 1, "total": 2}

    def body(count: int) -> bytes:
        return (
            ndjson([short] * count)
            if media_type == NDJSON
            else json.dumps([short] * count).encode()
        )

    answer = await send(api, body(MAX_EVENTS), media_type)
    assert (answer.status_code, answer.json()) == (202, {"accepted": MAX_EVENTS})
    api.publisher.events.clear()
    assert code_of(await send(api, body(MAX_EVENTS + 1), media_type)) == (413, "too_many_events")
    assert api.publisher.events == []


@pytest.mark.parametrize(
    ("media_type", "body", "refusal"),
    [
        (NDJSON, b"", (422, "body_empty")),
        (NDJSON, b"\n \n", (422, "body_empty")),
        ("application/json", b"", (422, "body_empty")),
        ("application/json", b"[]", (422, "body_empty")),
        ("application/json", b"{}", (422, "invalid_json")),
        ("application/json", json.dumps([line()] * 3).encode()[:-30], (422, "invalid_json")),
        ("application/json", b"[" * 100_000, (422, "invalid_json")),
        ("application/json", b"[1," + b"1," * 200_000 + b"1]", (413, "too_many_events")),
        (NDJSON, ndjson([line()] * 3)[:-30], (422, "batch_cut_off")),
        (NDJSON, b"\n" * 300_000, (413, "too_many_events")),
        ("text/csv", b"1,2", (415, "unsupported_media_type")),
        (NDJSON, b" " * (MAX_BODY_BYTES + 1), (413, "body_too_large")),
    ],
)
async def test_a_broken_batch_stores_nothing(
    api: Api, media_type: str, body: bytes, refusal: tuple[int, str]
) -> None:
    assert code_of(await send(api, body, media_type)) == refusal
    assert api.publisher.events == []


GOOD = ndjson([line()] * 50)


def bomb(stream: Any) -> bytes:
    """300 MB of zeros, made without having them."""
    return b"".join([stream.compress(b"\0" * 1_000_000) for _ in range(300)]) + bytes(
        stream.flush()
    )


def of_known_size() -> bytes:
    return bomb(zstandard.ZstdCompressor().compressobj(size=300_000_000))


def of_unknown_size() -> bytes:
    return bomb(zstandard.ZstdCompressor().compressobj())


@pytest.mark.parametrize(
    ("encoding", "body", "refusal"),
    [
        ("gzip", lambda: gzip.compress(GOOD)[:-9], (422, "invalid_encoding")),
        ("gzip", lambda: gzip.compress(GOOD)[:100], (422, "invalid_encoding")),
        ("gzip", lambda: gzip.compress(GOOD) + gzip.compress(b""), (422, "invalid_encoding")),
        ("gzip", lambda: GOOD, (422, "invalid_encoding")),
        ("gzip", lambda: b"", (422, "invalid_encoding")),
        ("gzip", lambda: bomb(zlib.compressobj(wbits=31)), (413, "body_too_large")),
        ("zstd", lambda: zstandard.compress(GOOD)[:-2], (422, "invalid_encoding")),
        ("zstd", lambda: zstandard.compress(GOOD) + b"x", (422, "invalid_encoding")),
        ("zstd", lambda: GOOD, (422, "invalid_encoding")),
        ("zstd", lambda: b"", (422, "invalid_encoding")),
        ("zstd", of_known_size, (413, "body_too_large")),
        ("zstd", of_unknown_size, (413, "body_too_large")),
        ("br", lambda: GOOD, (415, "unsupported_encoding")),
        ("gzip, gzip", lambda: GOOD, (415, "unsupported_encoding")),
    ],
)
async def test_a_broken_or_swollen_encoding_stores_nothing(
    api: Api, encoding: str, body: Callable[[], bytes], refusal: tuple[int, str]
) -> None:
    answer = await send(api, body(), Content_Encoding=encoding)
    assert code_of(answer) == refusal
    assert api.publisher.events == []


async def test_a_service_reports_for_others(api: Api) -> None:
    body = ndjson([line(user_id=str(OTHER))])
    answer = await api.post(body, to=MANY, token=service_token(), headers={"Content-Type": NDJSON})
    assert answer.status_code == 202
    assert api.event.user_id == OTHER


async def test_a_batch_counts_against_the_rate_as_what_got_in() -> None:
    api = Api(rate=RateLimit(10))
    async with api.client:
        api.publisher.failure = NotAcknowledged("deadline")
        for _ in range(5):  # trying again is free
            assert (await send(api, [line()] * 400)).status_code == 503
        api.publisher.failure = None
        assert (await send(api, [line()] * 400)).status_code == 202
        answer = await api.post()
        assert code_of(answer) == (429, "rate_limited")
        assert 34 <= int(answer.headers["retry-after"]) <= 37


async def test_what_is_refused_counts_against_the_rate_too() -> None:
    api = Api(rate=RateLimit(10))
    async with api.client:
        assert (await send(api, [{"x": 1}] * 400)).status_code == 422
        assert code_of(await send(api, GOOD)) == (429, "rate_limited")


async def test_a_refusal_does_not_repeat_a_field_s_name_at_length(api: Api) -> None:
    (refused,) = (await send(api, [{"x" * 60_000: 1}])).json()["refused"]
    assert refused["code"] == "unknown_field"
    assert len(refused["detail"]) <= 200


async def test_a_field_given_twice_is_found_among_many(api: Api) -> None:
    """They are read many at a time: one with more than it needs must not make up for others."""
    lines = [json.dumps(line(event_time=ago(1))).encode() for _ in range(200)]
    lines[7] = lines[7].replace(b'"total"', b'"total":1,"total"')
    lines[99] = lines[99].replace(b'"film_id"', b'"progress":1,"film_id"')
    lines[150] = json.dumps(line()).encode()
    answer = await send(api, b"\n".join(lines))
    assert answer.status_code == 207
    refused = [(one["index"], one["code"]) for one in answer.json()["refused"]]
    assert refused == [(7, "repeated_field"), (99, "repeated_field")]
    assert len(api.publisher.events) == 198


async def test_an_element_of_an_array_may_take_several_lines(api: Api) -> None:
    body = json.dumps([line(progress=1), line(progress=2)], indent=2).encode()
    assert (await send(api, body, "application/json")).status_code == 202
    assert [event.progress for event in api.publisher.events] == [1, 2]


@pytest.mark.parametrize("others", [[], [{"mood": 1}]], ids=["alone", "beside a wrong one"])
@pytest.mark.parametrize("between", ["", ","])
async def test_a_line_is_one_report_whatever_its_neighbours_make_up_for(
    api: Api, between: str, others: list[dict[str, object]]
) -> None:
    """Two reports on a line and one on two lines are as many as lines."""
    two, whole = json.dumps(line()) + between + json.dumps(line()), json.dumps(line())
    half = whole.index(', "total"')
    cut = [whole[:half], whole[half + (0 if between == "" else 1) :]]
    lines = [two, *cut, json.dumps(line()), *(json.dumps({**line(), **one}) for one in others)]
    answer = await send(api, "\n".join(lines).encode())
    assert answer.status_code == 207
    refused = [one["index"] for one in answer.json()["refused"]]
    assert refused == [0, 1, 2, *range(4, 4 + len(others))]
    assert len(api.publisher.events) == 1
