"""X-Request-Id on every answer: the caller's if well formed, else ours."""

import re

import pytest

from telemetry.logs import request_id
from tests.unit.ugc_api.serving import ADDRESS, Api
from ugc_api.publishing.publisher import NotAcknowledged

OURS = re.compile("[0-9a-f]{32}")
EVERYWHERE = [ADDRESS, "/nothing", "/healthz", "/readyz", "/api/docs", "/api/openapi.json"]


@pytest.mark.parametrize("given", ["a", "A-Z_0.9", "x" * 64])
@pytest.mark.parametrize("address", EVERYWHERE)
async def test_the_callers_is_kept(api: Api, given: str, address: str) -> None:
    answer = await api.client.get(address, headers={"X-Request-Id": given})
    assert answer.headers.get_list("x-request-id") == [given]


@pytest.mark.parametrize("given", ["", "x" * 65, "a b", "a/b", "é", "a,b", '"', "a\tb", "<b>"])
@pytest.mark.parametrize("address", [ADDRESS, "/nothing"])
async def test_a_malformed_one_is_replaced(api: Api, given: str, address: str) -> None:
    headers = {"X-Request-Id": given.encode()}
    answer = await api.client.get(address, headers=headers)  # type: ignore[arg-type]
    (found,) = answer.headers.get_list("x-request-id")
    assert OURS.fullmatch(found)


@pytest.mark.parametrize("address", EVERYWHERE)
async def test_without_one_each_request_gets_its_own(api: Api, address: str) -> None:
    first, second = [(await api.client.get(address)).headers["x-request-id"] for _ in range(2)]
    assert OURS.fullmatch(first)
    assert first != second


@pytest.mark.parametrize("failure", [None, NotAcknowledged("deadline"), ZeroDivisionError()])
async def test_a_report_is_answered_with_one(api: Api, failure: Exception | None) -> None:
    api.publisher.failure = failure
    answer = await api.post(headers={"X-Request-Id": "mine"})
    assert answer.headers["x-request-id"] == "mine"
    assert api.publisher.headers == [{"request_id": b"mine"}]


async def test_the_logs_of_a_request_know_it(api: Api) -> None:
    await api.client.get("/nothing", headers={"X-Request-Id": "mine"})
    assert request_id.get() == "mine"
