"""What every refusal looks like, whoever makes it."""

import socket

import httpx
import orjson

from embedded.settings import HOST
from ugc_api.problems import Problem


def assert_problem(answer: httpx.Response, status: int, code: str) -> None:
    """The answer is nginx's own, in the API's shape, and can be told from any other by its id."""
    problem = answer.json()
    assert (answer.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert len(answer.headers.get_list("x-request-id")) == 1
    ours = orjson.loads(Problem(404, "not_found", "...").body())
    assert list(problem) == list(ours)
    assert all(type(problem[name]) is type(ours[name]) for name in ours)


def answer_to(port: int, raw: bytes) -> httpx.Response:
    """To bytes that no HTTP client would send."""
    with socket.create_connection((HOST, port), timeout=5) as connection:
        connection.sendall(raw)
        received = b""
        while not received.endswith(b"}"):
            chunk = connection.recv(65536)
            assert chunk, received
            received += chunk
    head, _, body = received.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    headers = [(name, value) for name, _, value in (line.partition(": ") for line in lines)]
    return httpx.Response(int(status.split()[1]), headers=headers, content=body)
