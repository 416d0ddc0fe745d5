"""RateLimit headers: what is left of a user's rate, on every answer that was counted."""

import httpx
import pytest

from tests.unit.ugc_api.bearer import claims, signed
from tests.unit.ugc_api.serving import ADDRESS, Api, report, service_token
from ugc_api.access.rate import RateLimit

NAMES = ("limit", "remaining", "reset")


def told(answer: httpx.Response) -> tuple[int, ...]:
    return tuple(int(answer.headers[f"ratelimit-{name}"]) for name in NAMES)


async def test_an_accepted_event_tells_what_is_left() -> None:
    api = Api(rate=RateLimit(5))
    assert [told(await api.post()) for _ in range(3)] == [(20, 19, 1), (20, 18, 1), (20, 17, 1)]


async def test_a_refused_event_costs_as_much() -> None:
    api = Api(rate=RateLimit(5))
    assert told(await api.post(report(progress=-1))) == (20, 19, 1)


async def test_nothing_is_left_when_it_is_too_often() -> None:
    api = Api(rate=RateLimit(1))
    *accepted, refused = [await api.post() for _ in range(5)]
    assert [answer.status_code for answer in accepted] == [202] * 4
    assert told(accepted[-1]) == (4, 0, 4)
    assert refused.status_code == 429
    assert told(refused) == (4, 0, 4)
    assert refused.headers["retry-after"] == "1"


async def test_a_batch_tells_what_is_left_after_all_of_it() -> None:
    api = Api(rate=RateLimit(1))
    one = {**report(), "film_id": str(api_film())}
    assert told(await api.post([one] * 3, to="/api/v1/progresses")) == (4, 1, 3)
    assert told(await api.post([one] * 9, to="/api/v1/progresses")) == (4, 0, 12)


async def test_each_user_has_their_own() -> None:
    api = Api(rate=RateLimit(1))
    other = signed(claims(sub="0b7e3f62-6f0c-4a2e-9f3c-5d1f2f5f9a02"))
    await api.post()
    assert told(await api.post(token=other)) == (4, 3, 1)


@pytest.mark.parametrize("unlimited", ["a service", "no rate"])
async def test_who_is_not_limited_is_told_nothing(unlimited: str) -> None:
    api = Api(rate=RateLimit(0 if unlimited == "no rate" else 1))
    answer = await api.post(token=service_token() if unlimited == "a service" else None)
    assert answer.status_code == 202
    assert not [name for name in answer.headers if name.startswith("ratelimit")]


async def test_a_stranger_is_told_nothing() -> None:
    api = Api(rate=RateLimit(1))
    answer = await api.client.post(ADDRESS, content=b"{}")
    assert answer.status_code == 401
    assert "ratelimit-limit" not in answer.headers


def api_film() -> str:
    return ADDRESS.rpartition("/")[2]
