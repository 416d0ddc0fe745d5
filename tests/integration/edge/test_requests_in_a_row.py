"""Several requests on one connection, before the first is answered: none gets another's answer, and
none gets in the way of one that is under way."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.integration.edge.serving import all_of, exchange, served
from tests.integration.edge.test_connections import END, GET, POST, echo, problem_in
from tests.waiting import until
from ugc_api import connection
from ugc_api.connection import MAX_HEAD_BYTES, MOST_AHEAD
from ugc_api.exchange import Receive, Scope, Send

ONE = POST + b"Content-Length: 1\r\n\r\n"
MANY = 20 * MOST_AHEAD


class Slow:
    """Answers when it is told to; `served` are the paths that came in."""

    def __init__(self) -> None:
        self.served: list[str] = []
        self.goes_on = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.served.append(scope["path"])
        await self.goes_on.wait()
        await echo(scope, receive, send)


@asynccontextmanager
async def conversation(
    slow: Slow, *parts: bytes
) -> AsyncIterator[tuple[asyncio.Task[bytes], asyncio.StreamWriter]]:
    """`parts` sent one by one; what is answered to them."""
    async with served(slow) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        answer = asyncio.create_task(all_of(reader))
        for part in parts:
            writer.write(part)
            await writer.drain()
        await until(lambda: bool(slow.served))
        try:
            yield answer, writer
        finally:
            slow.goes_on.set()
            writer.close()
            await answer


async def test_only_so_many_wait_behind_one() -> None:
    """Each would take memory, and no limit on requests in flight sees them."""
    slow = Slow()
    async with conversation(slow, ONE + b"x" + (ONE + b"x") * MANY) as (answer, _):
        slow.goes_on.set()
        received = await asyncio.wait_for(answer, 5)
    assert received.count(b"HTTP/1.1 200") == 1
    assert len(slow.served) == 1
    assert b"connection: close" in received


async def test_as_many_as_may_wait_are_answered() -> None:
    numbered = b"".join(ONE + b"%d" % (n % 10) for n in range(MOST_AHEAD))
    async with served(echo) as port:
        answer = await exchange(port, numbered + GET + END)
    assert answer.count(b"HTTP/1.1 200") == MOST_AHEAD + 1


@pytest.mark.parametrize(
    "behind",
    [b"GARBAGE\r\n\r\n", POST + b"A: " + b"x" * (MAX_HEAD_BYTES + 9), GET + b"a b: c\r\n\r\n"],
    ids=["garbage", "a long head", "a bad header"],
)
async def test_what_is_wrong_behind_it_is_no_answer_to_the_first(behind: bytes) -> None:
    slow = Slow()
    async with conversation(slow, ONE, b"x") as (answer, writer):
        writer.write(behind)
        done, _ = await asyncio.wait({answer}, timeout=0.1)
        assert not done
        slow.goes_on.set()
        received = await asyncio.wait_for(answer, 5)
    assert received.startswith(b"HTTP/1.1 200")
    assert received.endswith(b"\r\n\r\nx")
    assert b"connection: close" in received


async def test_a_large_body_before_it_makes_no_head_too_large() -> None:
    body = b"x" * (MAX_HEAD_BYTES + 9)
    first = POST + b"Content-Length: %d\r\n\r\n" % len(body) + body + b"POST / HT"
    async with served(echo) as port:
        answer = await exchange(port, first, b"TP/1.1\r\nHost: a\r\n" + END)
    assert answer.count(b"HTTP/1.1 200") == 2


async def test_the_first_byte_of_the_next_does_not_end_a_slow_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection, "MESSAGE_S", 0.2)
    slow = Slow()
    async with conversation(slow, ONE + b"x" + b"P") as (answer, _):
        done, _ = await asyncio.wait({answer}, timeout=0.7)
        assert not done
        slow.goes_on.set()
        assert (await asyncio.wait_for(answer, 5)).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("protocol", [b"h2c", b"websocket", b"x"])
@pytest.mark.parametrize("in_one", [True, False])
async def test_a_body_is_never_taken_for_a_request(protocol: bytes, in_one: bool) -> None:
    """An `Upgrade` would end the request at its head."""
    slow = Slow()
    slow.goes_on.set()
    hidden = b"POST /hidden HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
    head = POST + b"Connection: Upgrade\r\nUpgrade: %s\r\nContent-Length: %d\r\n\r\n"
    attack = head % (protocol, len(hidden))
    async with served(slow) as port:
        parts = [attack + hidden] if in_one else [attack, hidden]
        assert problem_in(await exchange(port, *parts)) == (b"400", "bad_request")
    assert slow.served == []


async def test_too_many_headers_are_refused_whole_or_not() -> None:
    many = b"a: b\r\n" * 200
    async with served(echo) as port:
        for head in (POST + many, POST + many + END):
            assert problem_in(await exchange(port, head)) == (b"431", "headers_too_large")


async def test_who_does_not_read_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MESSAGE_S", "STUCK_S"):
        monkeypatch.setattr(connection, name, 0.2)
    ended = asyncio.Event()

    async def large(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(1000):
            part = {"type": "http.response.body", "body": b"x" * (1 << 16), "more_body": True}
            await send(part)
        ended.set()

    async with served(large) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1)
        writer.write(GET + b"\r\n")
        await asyncio.wait_for(ended.wait(), 5)
        writer.close()


async def test_a_stop_does_not_wait_for_a_body_that_does_not_come() -> None:
    slow = Slow()
    slow.goes_on.set()
    async with served(slow) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(POST + b"Content-Length: 9\r\n\r\nx")
        await until(lambda: bool(slow.served))
    assert problem_in(await all_of(reader)) == (b"408", "body_timeout")
    writer.close()
