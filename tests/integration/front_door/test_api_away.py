"""The API refuses connections or dies over a request: unknown, and the client's turn."""

from pathlib import Path

import httpx

from embedded.ports import free_block
from tests.integration.front_door.doors import door
from tests.integration.front_door.problems import assert_problem
from tests.integration.front_door.upstreams import ACCEPTED, DIES, upstreams

ADDRESS = "/api/v1/x"


def assert_unknown(answer: httpx.Response) -> None:
    assert_problem(answer, 503, "upstream_unavailable")
    assert answer.headers["retry-after"] == "1"
    assert "send the same event again" in answer.json()["detail"]


async def test_without_an_api_the_answer_is_503(tmp_path: Path) -> None:
    with free_block(1) as ports:
        async with door(tmp_path, ports[0]) as it:
            assert_unknown(await it.client.post(ADDRESS, content=b"event"))
            assert_unknown(await it.client.post("/api/v1/progresses", content=b" " * 1_000_000))


async def test_a_refused_connection_goes_to_the_next_address(tmp_path: Path) -> None:
    async with upstreams([ACCEPTED]) as (one,):
        with free_block(1) as closed:
            async with door(tmp_path, closed[0], one.port) as it:
                for _ in range(4):
                    assert (await it.client.post(ADDRESS, content=b"event")).status_code == 202
    assert len(one.received) == 4


async def test_a_post_whose_api_dies_over_it_is_not_sent_to_another(tmp_path: Path) -> None:
    async with (
        upstreams([DIES], [DIES]) as (one, other),
        door(tmp_path, one.port, other.port) as it,
    ):
        assert_unknown(await it.client.post(ADDRESS, content=b"event"))
    assert len(one.received) + len(other.received) == 1


async def test_nor_is_one_sent_on_a_connection_that_was_open_already(tmp_path: Path) -> None:
    async with upstreams([ACCEPTED, DIES]) as (one,), door(tmp_path, one.port) as it:
        assert (await it.client.post(ADDRESS, content=b"event")).status_code == 202
        assert_unknown(await it.client.post(ADDRESS, content=b"event"))
    assert len(one.received) == 2


async def test_a_read_whose_api_dies_over_it_is_sent_to_another(tmp_path: Path) -> None:
    """What is different for a POST is nginx's decision, not an accident of these upstreams."""
    async with (
        upstreams([DIES], [DIES]) as (one, other),
        door(tmp_path, one.port, other.port) as it,
    ):
        assert_unknown(await it.client.get(ADDRESS))
    assert len(one.received) + len(other.received) == 2


async def test_connections_to_the_api_stay_open(tmp_path: Path) -> None:
    async with upstreams([ACCEPTED]) as (one,), door(tmp_path, one.port) as it:
        for _ in range(20):
            assert (await it.client.post(ADDRESS, content=b"event")).status_code == 202
    assert len(one.received) == 20
    assert one.connections == 1


async def test_what_the_api_gets(tmp_path: Path) -> None:
    headers = {"X-Request-Id": "mine", "X-Forwarded-For": "1.2.3.4", "Host": "films.example:1"}
    async with upstreams([ACCEPTED]) as (one,), door(tmp_path, one.port) as it:
        await it.client.post(ADDRESS + "?a=%20b", content=b"event", headers=headers)
    head, _, body = one.received[0].partition(b"\r\n\r\n")
    request, *lines = head.lower().split(b"\r\n")
    assert request == b"post /api/v1/x?a=%20b http/1.1"
    assert body == b"event"
    assert b"x-request-id: mine" in lines
    assert b"x-forwarded-for: 127.0.0.1" in lines
    assert b"host: films.example:1" in lines
    assert not [line for line in lines if line.startswith(b"connection:")]
