"""What a connection is held to: the size of a head, the time of a request, the way of an answer."""

import asyncio
from collections.abc import AsyncIterator

import orjson
import pytest

from tests.integration.edge.serving import all_of, exchange, served
from ugc_api import connection
from ugc_api.connection import MAX_HEAD_BYTES
from ugc_api.exchange import Answer, Message, Receive, Request, Scope, Send
from ugc_api.problems import Problem

GET = b"GET / HTTP/1.1\r\nHost: a\r\n"
POST = b"POST / HTTP/1.1\r\nHost: a\r\n"
END = b"Connection: close\r\n\r\n"


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the body, as the ingest routes do."""
    request = Request(scope, receive)
    try:
        answer = Answer(200, await request.body(1 << 20), b"text/plain", [(b"x-a", b"b")])
    except Problem as problem:
        answer = Answer.of(problem)
    await answer.send(send, request)


@pytest.fixture
async def port() -> AsyncIterator[int]:
    async with served(echo) as port:
        yield port


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "MESSAGE_S", 0.2)


def problem_in(answer: bytes) -> tuple[bytes, str]:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"content-type: application/problem+json" in head
    assert b"connection: close" in head
    return head.split(b" ")[1], orjson.loads(body)["code"]


@pytest.mark.parametrize("method", [GET, POST])
async def test_an_answer_is_the_same_whichever_way_it_goes(port: int, method: bytes) -> None:
    """A POST's leaves whole, a GET's in ASGI messages."""
    answer = await exchange(port, method + b"X-Request-Id: x\r\nContent-Length: 2\r\n" + END, b"hi")
    first, *headers = answer.partition(b"\r\n\r\n")[0].split(b"\r\n")
    assert first == b"HTTP/1.1 200 OK"
    (date,) = [header for header in headers if header.startswith(b"date: ")]
    assert sorted(set(headers) - {date}) == [
        b"connection: close",
        b"content-length: 2",
        b"content-type: text/plain",
        b"x-a: b",
        b"x-request-id: x",
    ]
    assert answer.endswith(b"\r\n\r\nhi")


async def test_a_client_that_asks_first_is_told_to_go_on(port: int) -> None:
    head = POST + b"Expect: 100-continue\r\nContent-Length: 2\r\n" + END
    answer = await exchange(port, head, b"hi")
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK")
    assert answer.count(b"HTTP/1.1") == 2


async def test_requests_in_a_row_are_answered_in_their_order(port: int) -> None:
    numbered = b"".join(POST + b"Content-Length: 1\r\n\r\n%d" % n for n in range(9))
    answer = await exchange(port, numbered + GET + END)
    assert [one[:1] for one in answer.split(b"\r\n\r\n")[1:-1]] == [b"%d" % n for n in range(9)]


@pytest.mark.parametrize("header", [b"A: " + b"x" * MAX_HEAD_BYTES, b"A: b\r\n" * 20_000])
async def test_a_head_without_an_end_is_refused(port: int, header: bytes) -> None:
    assert problem_in(await exchange(port, POST, header)) == (b"431", "headers_too_large")


async def test_a_long_head_passes_below_the_limit(port: int) -> None:
    long = b"A: " + b"x" * (MAX_HEAD_BYTES - 200) + b"\r\n"
    assert (await exchange(port, POST, long, END)).startswith(b"HTTP/1.1 200")


async def test_a_body_is_no_head_however_it_arrives(port: int) -> None:
    head = POST + b"Content-Length: 500000\r\nConnection: close\r\n\r"
    answer = await exchange(port, head, b"\n" + b"x" * 250_000, b"x" * 250_000)
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b"x" * 500_000)


@pytest.mark.parametrize("garbage", [b"GARBAGE\r\n\r\n", GET + b"a b: c\r\n\r\n", b"\0"])
async def test_what_is_no_http_is_told_so(port: int, garbage: bytes) -> None:
    assert problem_in(await exchange(port, garbage)) == (b"400", "bad_request")


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("begun", [b"", b"POST / HT", GET, POST + b"A: b"])
async def test_a_request_that_does_not_come_ends_the_connection(begun: bytes) -> None:
    async with served(echo) as port, asyncio.timeout(5):
        assert await exchange(port, begun) == b""


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("body", [b"", b"x", b"x" * 70_000])
async def test_a_body_that_does_not_come_is_refused(body: bytes) -> None:
    async with served(echo) as port, asyncio.timeout(5):
        answer = await exchange(port, POST + b"Content-Length: 100000\r\n\r\n", body)
    assert problem_in(answer) == (b"408", "body_timeout")


@pytest.mark.usefixtures("hasty")
async def test_who_sends_a_byte_now_and_then_wins_no_time() -> None:
    async with served(echo) as port, asyncio.timeout(5):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(POST + b"Content-Length: 1000\r\n\r\n")
        answer = asyncio.create_task(all_of(reader))
        while not answer.done():
            writer.write(b"x")
            await asyncio.wait({answer}, timeout=0.02)
        writer.close()
    received = answer.result()  # nothing, where the reset overtook it
    assert not received or problem_in(received) == (b"408", "body_timeout")


@pytest.mark.usefixtures("hasty")
async def test_a_slow_answer_has_all_the_time_it_needs() -> None:
    released = asyncio.Event()

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        await released.wait()
        await echo(scope, receive, send)

    async with served(slow) as port:
        waiting = asyncio.create_task(exchange(port, POST + b"Content-Length: 1\r\n" + END, b"x"))
        done, _ = await asyncio.wait({waiting}, timeout=0.6)
        assert not done
        released.set()
        assert (await waiting).startswith(b"HTTP/1.1 200")


@pytest.mark.usefixtures("hasty")
async def test_a_quiet_connection_lives_for_the_time_of_keep_alive() -> None:
    async with served(echo, keep_alive_s=1) as port, asyncio.timeout(5):
        started = asyncio.get_running_loop().time()
        assert (await exchange(port, GET + b"\r\n")).startswith(b"HTTP/1.1 200")
        assert asyncio.get_running_loop().time() - started >= 1


async def test_an_answer_in_messages_still_goes_out() -> None:
    """As FastAPI gives them."""

    async def plain(scope: Scope, receive: Receive, send: Send) -> None:
        parts: list[Message] = [
            {"type": "http.response.start", "status": 200, "headers": []},
            {"type": "http.response.body", "body": b"one ", "more_body": True},
            {"type": "http.response.body", "body": b"two"},
        ]
        for part in parts:
            await send(part)

    async with served(plain) as port:
        answer = await exchange(port, GET + END)
    assert b"transfer-encoding: chunked" in answer
    assert b"one " in answer
    assert b"two" in answer
