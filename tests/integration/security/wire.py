"""A connection to a door of the stack, for bytes that no HTTP client would send."""

import socket
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice

import httpx

from embedded.settings import HOST

WITHIN_S = 5.0
ATTACK, HIDDEN, AFTER = "the-attack", "the-hidden-one", "the-one-after"
"""Request ids: each answer tells to which request it belongs."""
NEXT = f"GET /api HTTP/1.1\r\nHost: a\r\nX-Request-Id: {AFTER}\r\n\r\n".encode()


def conversation(port: int, attack: bytes, *more: bytes) -> list[httpx.Response]:
    """The answers to `attack`, then to one more request on the same connection, unless it was
    closed. Waits for each of them: what was hidden in the attack is answered before it. None where
    the connection was closed without a word. Between the pieces of an attack somebody else is
    answered, so that what came before was looked at."""
    with socket.create_connection((HOST, port), timeout=WITHIN_S) as connection:
        with suppress(ConnectionError):  # refused while we still speak
            connection.sendall(attack)
            for piece in more:
                assert conversation(port, NEXT)
                connection.sendall(piece)
        received = _answers(connection)
        answers = list(islice(received, 1))
        with suppress(ConnectionError):
            connection.sendall(NEXT)
            for answer in received:
                answers.append(answer)
                if request_of(answer) == AFTER:
                    break
    return answers


def request_of(answer: httpx.Response) -> str:
    """The id of the request that is answered; empty where the server's parser refused it."""
    return str(answer.headers.get("x-request-id", ""))


def _answers(connection: socket.socket) -> Iterator[httpx.Response]:
    stream = connection.makefile("rb")
    while status := stream.readline():
        version, _, rest = status.decode("latin-1").partition(" ")
        if version not in ("HTTP/1.1", "HTTP/1.0"):
            # to a line without a version: HTTP/0.9, a body alone
            yield httpx.Response(200, content=status + stream.read())
            return
        headers: list[tuple[bytes, bytes]] = []
        while line := stream.readline().rstrip(b"\r\n"):
            name, _, value = line.partition(b": ")
            headers.append((name, value))
        head = httpx.Response(int(rest[:3]), headers=headers)
        length = head.headers.get("content-length")
        body = stream.read() if length is None else stream.read(int(length))
        yield httpx.Response(int(rest[:3]), headers=headers, content=body)
