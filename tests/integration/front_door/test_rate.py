"""How many requests of one address come through."""

import asyncio
from pathlib import Path

import httpx
import pytest

from tests.integration.front_door.doors import door
from tests.integration.front_door.problems import assert_problem
from tests.integration.front_door.test_what_passes import ADDRESS, EVENT
from tests.stack import RunningStack
from ugc_api.cors import EXPOSED

TINY = {"UGC_NGINX_RATE": "1", "UGC_NGINX_BURST": "2"}
FILMS, OTHER = "https://films.example", "https://other.example"


async def test_beyond_the_burst_of_an_address_is_429(
    running_stack: RunningStack, tmp_path: Path
) -> None:
    headers = {"Authorization": f"Bearer {running_stack.token()}"}
    api = running_stack.settings.http_port
    async with door(tmp_path, api, **TINY, UGC_NGINX_EXEMPT="") as it:
        posts = [it.client.post(ADDRESS, json=EVENT, headers=headers) for _ in range(8)]
        answers = await asyncio.gather(*posts)
    assert sorted(answer.status_code for answer in answers) == [202] * 3 + [429] * 5
    for answer in answers:
        if answer.status_code == 429:
            assert_problem(answer, 429, "rate_limited")
            assert answer.headers["retry-after"] == "1"
            assert "access-control-allow-origin" not in answer.headers


async def test_an_exempt_address_is_not_counted(
    running_stack: RunningStack, tmp_path: Path
) -> None:
    api = running_stack.settings.http_port
    async with door(tmp_path, api, **TINY, UGC_NGINX_EXEMPT="127.0.0.0/8 0;") as it:
        answers = await asyncio.gather(*(it.client.get("/api/x") for _ in range(8)))
    assert {answer.status_code for answer in answers} == {404}


@pytest.mark.parametrize(
    ("origins", "origin", "readable_by"),
    [
        ("", FILMS, None),
        (FILMS, FILMS, FILMS),
        (f"{OTHER}, {FILMS}", FILMS, FILMS),
        (f"{FILMS},{OTHER}", FILMS, FILMS),
        ("*", FILMS, "*"),
        (f"{OTHER}, *", FILMS, "*"),
        (OTHER, FILMS, None),
        (f"{FILMS}.evil.example", FILMS, None),
        (f"https://{FILMS}", FILMS, None),
        (FILMS, "https://films", None),
        (FILMS, "https://filmsXexample", None),
        (FILMS, "", None),
        ("*", "", None),
    ],
)
async def test_a_refusal_can_be_read_by_a_page_that_the_api_allows(
    tmp_path: Path, origins: str, origin: str, readable_by: str | None
) -> None:
    headers = {"Origin": origin} if origin else {}
    async with door(tmp_path, 1, UGC_CORS_ORIGINS=origins) as it:
        answer: httpx.Response = await it.client.post(ADDRESS, json=EVENT, headers=headers)
    assert_problem(answer, 503, "upstream_unavailable")
    assert answer.headers.get("access-control-allow-origin") == readable_by
    exposed = answer.headers.get("access-control-expose-headers")
    assert (exposed or "").lower() == (EXPOSED.decode() if readable_by else "")
