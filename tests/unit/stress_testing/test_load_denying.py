"""The proxy that denies at random: what reaches the API behind it, and what its clients see."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest
from load.denying import denying, message
from load.scenario import Denial

REQUEST = b"POST / HTTP/1.1\r\nContent-Length: 30\r\n\r\n" + b"x" * 30
ANSWER = b"HTTP/1.1 202 Accepted\r\ncontent-length: 2\r\n\r\nok"


@asynccontextmanager
async def api() -> AsyncIterator[tuple[str, list[bytes]]]:
    """Its address, and the requests that it has seen."""
    seen: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                seen.append(await message(reader))
                writer.write(ANSWER)
        except asyncio.IncompleteReadError:
            writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", seen


async def asked(url: str, times: int) -> list[bytes]:
    """The statuses of as many requests on one connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(url).port)
    answers = []
    for _ in range(times):
        writer.write(REQUEST)
        answers.append((await message(reader))[9:12])
    writer.close()
    return answers


async def test_of_those_denied_some_reach_the_api_and_some_do_not() -> None:
    async with api() as (url, seen), denying(url, Denial(0.5, 0.0, 0.0)) as door:
        answers = await asked(door, 400)
    accepted = answers.count(b"202")
    assert set(answers) == {b"202", b"503"}
    assert accepted == pytest.approx(200, abs=60)
    assert accepted < len(seen) < 400
    assert set(seen) == {REQUEST}


async def test_a_delayed_request_arrives_whole() -> None:
    async with api() as (url, seen), denying(url, Denial(0.0, 1.0, 0.21)) as door:
        assert await asked(door, 1) == [b"202"]
    assert seen == [REQUEST]
