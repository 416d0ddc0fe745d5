"""Request lines that are none, and heads that never end: refused before anybody is asked."""

from collections.abc import Mapping

import pytest

from tests.integration.security.wire import AFTER, ATTACK, conversation, request_of
from tests.stack import RunningStack

REST = f"\r\nHost: a\r\nX-Request-Id: {ATTACK}\r\n\r\n"
DOCS = "/api/docs"

REFUSED: Mapping[str, str] = {
    "tabs": f"GET\t{DOCS}\tHTTP/1.1",
    "a space in the address": "GET /api/do cs HTTP/1.1",
    "a space before it": f" GET {DOCS} HTTP/1.1",
    "small letters": f"get {DOCS} HTTP/1.1",
    "a small protocol": f"GET {DOCS} http/1.1",
    "no protocol's version": f"GET {DOCS} HTTP/01.1",
    "another protocol": f"GET {DOCS} ICY/1.1",
    "no slash": "GET api/docs HTTP/1.1",
    "a foreign scheme": "GET file:///etc/passwd HTTP/1.1",
    "a scheme without a host": f"GET https://{DOCS} HTTP/1.1",
    "a tunnel": "CONNECT 127.0.0.1:8123 HTTP/1.1",
    "HTTP/2": "PRI * HTTP/2.0\r\n\r\nSM",
    "NUL": f"GET {DOCS}\0 HTTP/1.1",
    "a control character": f"GET {DOCS}\x01 HTTP/1.1",
    "DEL": f"GET {DOCS}\x7f HTTP/1.1",
    "CR": f"GET {DOCS}\rX HTTP/1.1",
    "a method of no letters": f"G@T {DOCS} HTTP/1.1",
    "NUL in the method": f"GE\0T {DOCS} HTTP/1.1",
    "a host with a NUL": f"GET {DOCS} HTTP/1.1\r\nHost: a\0b",
}
OF_NGINX: Mapping[str, tuple[str, int, str]] = {
    "two hosts": (f"GET {DOCS} HTTP/1.1\r\nHost: b", 400, "bad_request"),
    "a host with a slash": (f"GET {DOCS} HTTP/1.1\r\nHost: b/c", 400, "bad_request"),
    "a later protocol": (f"GET {DOCS} HTTP/2.0", 505, "http_version_not_supported"),
    "any address": ("GET * HTTP/1.1", 400, "bad_request"),
    "a long address": (f"GET /api/{'x' * 9000} HTTP/1.1", 414, "uri_too_long"),
    "a long query": (f"GET /api?{'x' * 9000} HTTP/1.1", 414, "uri_too_long"),
    "a long method": (f"{'X' * 9000} {DOCS} HTTP/1.1", 414, "uri_too_long"),
    "a long value": (f"GET {DOCS} HTTP/1.1\r\nX: {'x' * 9000}", 431, "headers_too_large"),
    "a long name": (f"GET {DOCS} HTTP/1.1\r\n{'X' * 9000}: x", 431, "headers_too_large"),
    "a megabyte": (f"GET {DOCS} HTTP/1.1\r\nX: {'x' * 1_000_000}", 431, "headers_too_large"),
    "many": (f"GET {DOCS} HTTP/1.1" + "\r\nX: a" * 100_000, 431, "headers_too_large"),
    "many of some length": (
        f"GET {DOCS} HTTP/1.1" + f"\r\nX: {'a' * 7000}" * 5,
        431,
        "headers_too_large",
    ),
}


def raw(line: str) -> bytes:
    return (line + REST).encode("latin-1")


@pytest.mark.parametrize("line", REFUSED.values(), ids=REFUSED)
def test_it_is_refused(port: int, line: str) -> None:
    (answer,) = conversation(port, raw(line))
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


@pytest.mark.parametrize(("line", "status", "code"), OF_NGINX.values(), ids=OF_NGINX)
def test_nginx_refuses_it(running_stack: RunningStack, line: str, status: int, code: str) -> None:
    (answer,) = conversation(running_stack.settings.nginx_port, raw(line))
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize(
    "line",
    [
        f"GET {DOCS} HTTP/1.1\r\nX: {'x' * 1_000_000}",
        f"GET {DOCS} HTTP/1.1\r\n{'X' * 1_000_000}: x",
        f"GET {DOCS} HTTP/1.1" + "\r\nX: a" * 100_000,
    ],
    ids=["a long value", "a long name", "many"],
)
def test_the_api_refuses_a_head_without_end(running_stack: RunningStack, line: str) -> None:
    (answer,) = conversation(running_stack.settings.http_port, raw(line))
    assert (answer.status_code, answer.json()["code"]) == (431, "headers_too_large")


@pytest.mark.parametrize(
    "line",
    [
        "GET http://evil.example/healthz HTTP/1.1",
        "GET http://127.0.0.1:8123/ping HTTP/1.1",
        "GET http://a/api/../metrics HTTP/1.1",
        "GET http://a//api/docs HTTP/1.1",
        "GET http://evil.example HTTP/1.1",
    ],
)
def test_an_address_with_a_host_is_no_way_elsewhere(running_stack: RunningStack, line: str) -> None:
    answer, after = conversation(running_stack.settings.nginx_port, raw(line))
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert [request_of(answer), request_of(after)] == [ATTACK, AFTER]


def test_a_hundred_headers_are_few_enough(running_stack: RunningStack, port: int) -> None:
    line = f"GET {DOCS} HTTP/1.1" + "".join(f"\r\nX-{n}: a" for n in range(100))
    assert conversation(port, raw(line))[0].status_code == 200
