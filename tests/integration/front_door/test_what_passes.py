"""Through nginx to the API, and nowhere else."""

import re
from pathlib import Path

import httpx
import pytest

from tests.integration.front_door.doors import door
from tests.integration.front_door.problems import assert_problem
from tests.integration.front_door.upstreams import ACCEPTED, upstreams
from ugc_api.problems import not_found

ADDRESS = "/api/v1/progresses/films/0b5f7c6e-2a51-4c39-9a39-5e1d4c7a9d10"
EVENT = {"progress": 1, "total": 2}
PASSING = ["/api", "/api/x", "/bigdata-api", "/bigdata-api/x"]
ELSEWHERE = [
    *("/", "/healthz", "/readyz", "/metrics", "/problem", "/apix", "/bigdata-apix", "/API/v1"),
    *("//api/v1", "/api/../healthz", "/api/%2e%2e/metrics", "/api%2F..%2Freadyz", "/api/v1/../.."),
]


@pytest.mark.parametrize("slash", ["", "/"])
async def test_an_event_is_accepted(front: httpx.AsyncClient, slash: str) -> None:
    answer = await front.post(ADDRESS + slash, json=EVENT)
    assert answer.status_code == 202, answer.text
    assert answer.json()["receipt"]


async def test_a_preflight_is_the_apis_to_answer(front: httpx.AsyncClient) -> None:
    headers = {"Origin": "https://films.example", "Access-Control-Request-Method": "POST"}
    answer = await front.options(ADDRESS, headers=headers)
    assert answer.json()["code"] == "origin_not_allowed"


@pytest.mark.parametrize("address", PASSING)
async def test_what_the_api_does_not_know_is_refused_by_the_api(
    front: httpx.AsyncClient, address: str
) -> None:
    answer = await front.get(address)
    assert (answer.status_code, answer.content) == (404, not_found().body())
    assert "x-content-type-options" not in answer.headers  # nginx's own have it


@pytest.mark.parametrize("address", ELSEWHERE)
async def test_all_else_is_not_found(front: httpx.AsyncClient, address: str) -> None:
    target = httpx.URL(front.base_url, raw_path=address.encode())  # unnormalised
    answer = await front.get(target)
    assert_problem(answer, 404, "not_found")
    assert answer.content == not_found().body()


async def test_the_api_learns_the_host_and_port_that_the_client_used(tmp_path: Path) -> None:
    async with upstreams([ACCEPTED]) as (one,), door(tmp_path, one.port) as it:
        await it.client.get("/api/docs")
        host = it.client.base_url.netloc
    assert b"\r\nHost: " + host + b"\r\n" in one.received[0]


@pytest.mark.parametrize("address", [ADDRESS, "/nothing"])
@pytest.mark.parametrize("given", ["a", "A-Z_0.9", "x" * 64])
async def test_a_request_id_is_kept(front: httpx.AsyncClient, address: str, given: str) -> None:
    answer = await front.post(address, json=EVENT, headers={"X-Request-Id": given})
    assert answer.headers.get_list("x-request-id") == [given]


@pytest.mark.parametrize("address", [ADDRESS, "/nothing"])
@pytest.mark.parametrize("given", [None, "", "x" * 65, "a b", "a/b", '"', "a\tb"])
async def test_without_a_well_formed_one_it_gets_its_own(
    front: httpx.AsyncClient, address: str, given: str | None
) -> None:
    headers = {} if given is None else {"X-Request-Id": given}
    first, second = [await front.post(address, json=EVENT, headers=headers) for _ in range(2)]
    (made,) = first.headers.get_list("x-request-id")
    assert re.fullmatch("[0-9a-f]{32}", made)
    assert made != second.headers["x-request-id"]
