"""What nginx writes down about a request: enough for an operator, nothing of the client's."""

import asyncio
import json
from pathlib import Path
from uuid import uuid4

import httpx

from tests.integration.front_door.doors import Door, door
from tests.integration.front_door.problems import answer_to, assert_problem
from tests.integration.front_door.test_what_passes import ADDRESS, EVENT
from tests.integration.front_door.upstreams import ACCEPTED, DIES, upstreams
from tests.stack import RunningStack
from tests.waiting import until

FIELDS = {
    *("time", "level", "process", "message", "request_id", "method", "path", "status", "seconds"),
    *("bytes_in", "bytes_out", "limit", "upstream", "upstream_status", "upstream_seconds"),
}
SECRET = "hush"
SECRETIVE = {"Authorization": SECRET, "Cookie": SECRET, "User-Agent": SECRET, "Referer": SECRET}


async def line_of(door: Door, request_id: str) -> dict[str, object]:
    def found() -> list[str]:
        return [line for line in door.said if f'"request_id":"{request_id}"' in line]

    await until(lambda: bool(found()), within=2)
    (line,) = found()
    parsed: dict[str, object] = json.loads(line)
    return parsed


async def test_an_answered_request_is_one_line(tmp_path: Path) -> None:
    async with upstreams([ACCEPTED]) as (one,), door(tmp_path, one.port) as it:
        headers = {**SECRETIVE, "X-Request-Id": "mine"}
        await it.client.post(f"{ADDRESS}?token={SECRET}", content=SECRET, headers=headers)
        line = await line_of(it, "mine")
    assert line.keys() == FIELDS
    assert (line["method"], line["path"], line["status"]) == ("POST", ADDRESS, 202)
    assert (line["upstream"], line["upstream_status"]) == (f"127.0.0.1:{one.port}", "202")
    assert float(str(line["seconds"])) < 5
    assert SECRET not in "".join(it.said)


async def test_one_that_failed_says_how_and_still_nothing_of_the_client(tmp_path: Path) -> None:
    async with upstreams([DIES]) as (one,), door(tmp_path, one.port) as it:
        headers = {**SECRETIVE, "X-Request-Id": "mine"}
        await it.client.post(f"{ADDRESS}?token={SECRET}", content=SECRET, headers=headers)
        line = await line_of(it, "mine")
        too_large = {**SECRETIVE, "X-Request-Id": "large"}
        content = SECRET * 20_000
        await it.client.post(f"{ADDRESS}?token={SECRET}", content=content, headers=too_large)
        large = await line_of(it, "large")
    assert (line["method"], line["path"]) == ("POST", ADDRESS)
    assert (line["status"], line["upstream_status"]) == (503, "502")
    assert (large["method"], large["path"], large["status"]) == ("POST", ADDRESS, 413)
    assert SECRET not in "".join(it.said)


async def test_a_line_stays_short_enough_to_be_written_at_once(tmp_path: Path) -> None:
    request_id = "x" * 64
    quotes = '"' * 7000
    raw = f"GET /api/{quotes} HTTP/1.1\r\nHost: a\r\nX-Request-Id: {request_id}\r\n\r\n"
    async with door(tmp_path, 1) as it:
        answer = await asyncio.to_thread(answer_to, it.client.base_url.port or 0, raw.encode())
        assert_problem(answer, 503, "upstream_unavailable")
        line = await line_of(it, request_id)
    assert len(str(line["path"])) == 512
    assert max(map(len, it.said)) < 4096


async def test_a_path_is_told_as_far_as_it_is_ascii(tmp_path: Path) -> None:
    """What is no UTF-8 would leave a line that is no JSON."""
    raw = b'GET /x/%20;"\\~\xff\xfe/y?z HTTP/1.1\r\nHost: a\r\nX-Request-Id: mine\r\n\r\n'
    async with door(tmp_path, 1) as it:
        answer = await asyncio.to_thread(answer_to, it.client.base_url.port or 0, raw)
        assert_problem(answer, 404, "not_found")
        line = await line_of(it, "mine")
    assert line["path"] == '/x/%20;"\\~'


async def test_it_is_in_the_stream_of_the_stack(
    running_stack: RunningStack, front: httpx.AsyncClient
) -> None:
    marker = uuid4().hex
    await front.post(ADDRESS, json=EVENT, headers={"X-Request-Id": marker})

    def lines() -> list[str]:
        return [line for line in running_stack.log.read_text().splitlines() if marker in line]

    await until(lambda: bool(lines()), within=2)
    assert [line.split(" | ")[0].strip() for line in lines()] == ["nginx"]
