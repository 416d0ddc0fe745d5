"""A connection that is reset as soon as it is there is an error of the connection, on any loop."""

import asyncio
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Iterator
from itertools import cycle

import httpx
import pytest
import uvloop

from client_gaps import http_client
from client_gaps.resets import CONNECT_WITHIN_S

AT_ONCE, TIMES = 50, 20
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close says so at once, whatever is under way
DELAYS_S = [tenth / 10_000 for tenth in range(10)]  # one of them hits the moment, on any machine


@pytest.fixture
def url() -> Iterator[str]:
    """Of a server that takes connections and resets them."""
    with socket.create_server(("127.0.0.1", 0), backlog=AT_ONCE * 2) as server:
        threading.Thread(target=_reset_all, args=(server,), daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"


def _reset_all(server: socket.socket) -> None:
    for delay in cycle(DELAYS_S):
        try:
            connection, _ = server.accept()
        except OSError:
            return
        time.sleep(delay)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        connection.close()


async def errors(http: httpx.AsyncClient, url: str) -> Counter[type[Exception]]:
    async def ask() -> type[Exception]:
        try:
            await http.post(url, content=b"x" * 1000)
        except (httpx.TransportError, AttributeError) as error:
            return type(error)
        raise AssertionError("there was an answer")

    found: Counter[type[Exception]] = Counter()
    async with http:
        for _ in range(TIMES):
            found.update(await asyncio.gather(*(ask() for _ in range(AT_ONCE))))
    return found


def test_httpx_alone_lets_a_foreign_error_through(url: str) -> None:
    """When it no longer does, this room can go."""
    assert AttributeError in uvloop.run(errors(httpx.AsyncClient(trust_env=False), url))


def test_ours_is_an_error_of_the_connection(url: str) -> None:
    found = uvloop.run(errors(http_client(5), url))
    assert all(issubclass(error, httpx.TransportError) for error in found), found


def test_another_mistake_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    async def mistaken(self: object, request: httpx.Request) -> httpx.Response:
        raise AttributeError("ours", name="getpeername", obj=self)

    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", mistaken)
    with pytest.raises(AttributeError, match="ours"):
        asyncio.run(errors_of_one())


async def errors_of_one() -> None:
    async with http_client(5) as http:
        await http.get("http://127.0.0.1:9/")


async def test_a_host_that_drops_what_it_is_sent_is_given_up_within_seconds() -> None:
    """The queue of a listener that takes nobody is full: the kernel drops further SYNs."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        address = server.getsockname()
        waiting = [socket.socket() for _ in range(2)]
        try:
            for one in waiting:
                one.setblocking(False)
                one.connect_ex(address)
            started = time.monotonic()
            async with http_client(60) as http:
                with pytest.raises(httpx.ConnectTimeout):
                    await http.post(f"http://127.0.0.1:{address[1]}/", content=b"x")
            assert time.monotonic() - started < 2 * CONNECT_WITHIN_S
        finally:
            for one in waiting:
                one.close()
