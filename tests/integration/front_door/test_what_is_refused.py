"""What nginx itself refuses, so that the API never sees it."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.integration.front_door.problems import answer_to, assert_problem
from tests.integration.front_door.test_what_passes import ADDRESS
from tests.stack import RunningStack

POST = b"POST /api/v1/x HTTP/1.1\r\nHost: a\r\n"
MALFORMED = [
    (b"GARBAGE\r\n\r\n", 400, "bad_request"),
    (b"GET /api HTTP/1.1\r\n\r\n", 400, "bad_request"),  # no Host
    (b"GET /api/%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400, "bad_request"),
    (b"GET /api/a\0b HTTP/1.1\r\nHost: a\r\n\r\n", 400, "bad_request"),
    (POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n", 400, "bad_request"),
    (POST + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400, "bad_request"),
    (POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400, "bad_request"),
    (POST + b"Transfer-Encoding: gzip\r\n\r\n", 501, "not_implemented"),
    (b"GET /api HTTP/3.1\r\nHost: a\r\n\r\n", 505, "http_version_not_supported"),
    (b"TRACE /api HTTP/1.1\r\nHost: a\r\n\r\n", 405, "method_not_allowed"),
    (b"GET /api?" + b"x" * 9000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414, "uri_too_long"),
    (POST + b"A: " + b"x" * 9000 + b"\r\n\r\n", 431, "headers_too_large"),
    (POST + (b"A: " + b"x" * 7000 + b"\r\n") * 5 + b"\r\n", 431, "headers_too_large"),
]
SINGLE, BATCH = 64 * 1024, 4 * 1024 * 1024
ROUTES = [
    (ADDRESS, SINGLE),
    ("/bigdata-api/v1/producer/views", SINGLE),
    ("/api/v1/progressesx", SINGLE),
    ("/api/v1/progresses", BATCH),
    ("/api/v1/progresses/", BATCH),
]


@pytest.mark.parametrize(("raw", "status", "code"), MALFORMED)
def test_a_malformed_request_is_refused_with_a_problem(
    running_stack: RunningStack, raw: bytes, status: int, code: str
) -> None:
    assert_problem(answer_to(running_stack.settings.nginx_port, raw), status, code)


async def test_a_long_bearer_token_passes(front: httpx.AsyncClient) -> None:
    answer = await front.post(ADDRESS, headers={"Authorization": f"Bearer {'x' * 8000}"})
    assert answer.json()["code"] == "unauthorized"


@pytest.mark.parametrize(("address", "limit"), ROUTES)
@pytest.mark.parametrize("declared", [True, False], ids=["declared", "chunked"])
async def test_a_body_passes_up_to_the_limit_of_its_route_to_the_byte(
    front: httpx.AsyncClient, address: str, limit: int, declared: bool
) -> None:
    async def chunks(size: int) -> AsyncIterator[bytes]:
        yield b" " * size

    def body(size: int) -> bytes | AsyncIterator[bytes]:
        return b" " * size if declared else chunks(size)

    headers = {"Content-Type": "application/json"}
    passed = await front.post(address, content=body(limit), headers=headers)
    assert passed.json()["code"] in ("body_empty", "invalid_json", "not_found"), passed.text
    refused = await front.post(address, content=body(limit + 1), headers=headers)
    assert_problem(refused, 413, "body_too_large")
