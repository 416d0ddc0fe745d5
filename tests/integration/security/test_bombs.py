"""Decompression bombs: refused, and no memory is taken for what they would be."""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from tests.integration.security.bombs import LINE, MIB, bombs, gzipped
from tests.integration.security.processes import api_of, forget_peak, peak, resident
from tests.integration.security.strangers import LIST, REPORT
from tests.stack import RunningStack

ROOM = 64 * MIB
"""Sixteen times the largest body; the bombs are four times as much, and more."""


@pytest.fixture
def no_memory_taken(running_stack: RunningStack) -> Iterator[None]:
    api = api_of(running_stack)
    forget_peak(api)
    before = resident(api)
    yield
    assert peak(api) - before < ROOM


def headers(stack: RunningStack, encoding: str) -> dict[str, str]:
    given = {"Content-Encoding": encoding} if encoding else {}
    token = stack.token()
    return {"Authorization": f"Bearer {token}", "Content-Type": "application/x-ndjson", **given}


@pytest.mark.usefixtures("nothing_published", "no_memory_taken")
async def test_a_bomb_is_refused(
    running_stack: RunningStack, asking: httpx.AsyncClient, door: str
) -> None:
    for name, (encoding, body, status, code) in bombs().items():
        answer = await asking.post(
            door + LIST, content=body, headers=headers(running_stack, encoding)
        )
        assert (answer.status_code, answer.json()["code"]) == (status, code), name


@pytest.mark.usefixtures("nothing_published", "no_memory_taken")
async def test_many_small_chunks_are_no_way_around_the_limit(
    running_stack: RunningStack, asking: httpx.AsyncClient, door: str
) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(5 * 16):
            yield b" " * (MIB // 16)

    answer = await asking.post(door + LIST, content=chunks(), headers=headers(running_stack, ""))
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


@pytest.mark.parametrize("encoding", ["gzip", "zstd", "gzip, gzip"])
@pytest.mark.usefixtures("nothing_published")
async def test_a_single_report_is_not_compressed(
    running_stack: RunningStack, asking: httpx.AsyncClient, door: str, encoding: str
) -> None:
    given = {**headers(running_stack, encoding), "Content-Type": "application/json"}
    answer = await asking.post(door + REPORT, content=gzipped(1), headers=given)
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_encoding")


@pytest.mark.usefixtures("nothing_published")
async def test_a_strangers_is_not_even_opened(asking: httpx.AsyncClient, door: str) -> None:
    given = {"Content-Encoding": "gzip", "Content-Type": "application/x-ndjson"}
    answer = await asking.post(door + LIST, content=b"no gzip " + LINE, headers=given)
    assert answer.status_code == 401
