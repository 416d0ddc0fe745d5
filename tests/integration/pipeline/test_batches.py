"""A batch through the real broker: record batches, their order, and what an attacker sends."""

import gzip
import json
import zlib
from uuid import UUID, uuid4

import httpx
import pytest

from embedded import token
from tests.analyst import Analyst
from tests.integration.pipeline.topic import read_all
from tests.stack import RunningStack
from tests.waiting import until
from ugc_events import decode

MANY = "/api/v1/progresses"


def lines(*reports: object) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in reports)


async def send(stack: RunningStack, body: bytes, user: UUID, **headers: str) -> httpx.Response:
    bearer = token.mint(stack.settings, user, roles=("service",))
    async with httpx.AsyncClient(base_url=stack.settings.api_url, timeout=30) as http:
        return await http.post(
            MANY,
            content=body,
            headers={
                "Authorization": f"Bearer {bearer}",
                "Content-Type": "application/x-ndjson",
                **{name.replace("_", "-"): value for name, value in headers.items()},
            },
        )


async def memory(stack: RunningStack) -> float:
    """Resident bytes of the API."""
    async with httpx.AsyncClient() as http:
        port = stack.settings.api_metrics_port(0)
        text = (await http.get(f"http://127.0.0.1:{port}/metrics")).text
    (line,) = [one for one in text.splitlines() if one.startswith("process_resident_memory_bytes ")]
    return float(line.split()[1])


async def test_ten_thousand_events_of_many_viewers_keep_their_order(
    running_stack: RunningStack,
) -> None:
    film, users = uuid4(), [uuid4() for _ in range(4)]
    reports = [
        {"film_id": str(film), "user_id": str(users[n % 4]), "progress": n, "total": 20_000}
        for n in range(10_000)
    ]
    answer = await send(
        running_stack, gzip.compress(lines(*reports)), uuid4(), Content_Encoding="gzip"
    )
    assert (answer.status_code, answer.json()) == (202, {"accepted": 10_000})

    settings = running_stack.settings
    seen: dict[UUID, list[float]] = {user: [] for user in users}
    for record in await read_all(settings.kafka_bootstrap, "views"):
        if str(film).encode() not in (record.value or b""):
            continue  # other tests write what they like
        event = decode(record.value)
        if event.film_id == film:
            assert record.key == event.user_id.bytes
            assert dict(record.headers)["request_id"].decode() == answer.headers["x-request-id"]
            seen[event.user_id].append(event.progress)
    assert seen == {user: [float(n) for n in range(at, 10_000, 4)] for at, user in enumerate(users)}

    analyst = Analyst(settings)
    query = f"SELECT uniqExact(event_id) FROM movies.views FINAL WHERE film_id = '{film}'"

    async def all_stored() -> bool:
        return await analyst.value(query) == "10000"

    await until(all_stored, within=10)


async def test_the_good_of_a_mixed_batch_are_stored_and_the_bad_named(
    running_stack: RunningStack,
) -> None:
    film, analyst = uuid4(), Analyst(running_stack.settings)
    good = {"film_id": str(film), "progress": 1, "total": 2}
    answer = await send(running_stack, lines(good, {**good, "progress": 3}, good), uuid4())
    assert answer.status_code == 207
    assert answer.json()["accepted"] == 2
    assert [one["index"] for one in answer.json()["refused"]] == [1]

    async def both_stored() -> bool:
        query = f"SELECT count() FROM movies.views FINAL WHERE film_id = '{film}'"
        return await analyst.value(query) == "2"

    await until(both_stored, within=5)


@pytest.mark.parametrize("kind", ["bomb", "too large", "cut off"])
async def test_an_attack_is_refused_and_takes_no_memory(
    running_stack: RunningStack, kind: str
) -> None:
    stream = zlib.compressobj(wbits=31)
    pieces = [stream.compress(b"0" * 1_000_000) for _ in range(300)]
    bomb = b"".join([*pieces, stream.flush()])
    body, status, code = {
        "bomb": (bomb, 413, "body_too_large"),
        "too large": (b" " * (5 << 20), 413, "body_too_large"),
        "cut off": (gzip.compress(b" " * 4_000_000)[:-9], 422, "invalid_encoding"),
    }[kind]
    encoding = "identity" if kind == "too large" else "gzip"
    before = await memory(running_stack)
    for _ in range(10):
        answer = await send(running_stack, body, uuid4(), Content_Encoding=encoding)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await memory(running_stack) - before < 20e6
