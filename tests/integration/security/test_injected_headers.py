"""Line ends in what is echoed or logged make no header of an answer and no line of a log."""

from collections.abc import Mapping

import httpx
import pytest

from tests.integration.security.strangers import REPORT
from tests.integration.security.wire import conversation
from tests.stack import RunningStack

INJECTED = "x-injected"
BODY = '{"progress":1,"total":2}'
ENDS: Mapping[str, str] = {
    "CR LF": "\r\n",
    "CR": "\r",
    "LF": "\n",
    "folded": "\r\n ",
    "NUL": "\0",
    "escaped": "%0d%0a",
    "escaped twice": "%250d%250a",
    "LF escaped": "%0a",
    "as JSON": "\\r\\n",
    "quotes": '","status":200,"a":"',
    "braces": '"}\\',
    "backslash": "\\",
    "unicode line ends": "\u2028\u0085\u2029",
    "bytes of no text": "\xff\xfe\x80",
    "terminal": "\x1b[2J",
    "tab": "\t",
    "vertical": "\v\f",
    "percent": "%s%n%(message)s",
    "format": "{0.__class__}${UGC_NGINX_RUN}$request_id",
    "markup": "<script>",
    "lookup": "${jndi:ldap://127.0.0.1:9/a}",
}
"""What may end a line, a text or a template, somewhere."""

PLACES: Mapping[str, str] = {
    "X-Request-Id": "X-Request-Id: {}",
    "traceparent": "traceparent: 00-" + "a" * 32 + "-" + "b" * 16 + "-01{}",
    "tracestate": "tracestate: {}",
    "User-Agent": "User-Agent: {}",
    "Referer": "Referer: http://a/{}",
    "Origin": "Origin: http://127.0.0.1{}",
    "X-Forwarded-For": "X-Forwarded-For: {}",
    "X-Forwarded-Host": "X-Forwarded-Host: {}",
    "Prefer": "Prefer: {}",
    "Access-Control-Request-Headers": "Access-Control-Request-Headers: {}",
}


ADDRESSES = [
    "/api/{}",
    REPORT + "{}",
    "/bigdata-api/openapi{}",
    "/api/docs{}",
    "/api/x?q={}",
    "/{}",
]
HOSTS = ["{}", "a{}", "a:80{}", "127.0.0.1{}/"]


def raw(head: str) -> bytes:
    """Latin-1, as bytes go over the wire; what is beyond it in UTF-8."""
    try:
        return head.encode("latin-1")
    except UnicodeEncodeError:
        return head.encode()


def assert_not_injected(answer: httpx.Response, name: str) -> None:
    """The text may come back in a body, as JSON; not in the head."""
    assert answer.status_code < 500, name
    assert INJECTED not in answer.headers, name
    assert INJECTED not in str(answer.headers.multi_items()).lower(), name


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
async def test_no_header_becomes_another_one(
    running_stack: RunningStack, sound_log: None, port: int, end: str
) -> None:
    token = running_stack.token()
    for name, line in PLACES.items():
        request = (
            f"POST {REPORT} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(BODY)}\r\n"
            f"{line.format(f'{end}{INJECTED}: b')}\r\n\r\n{BODY}"
        )
        answer = conversation(port, raw(request))[0]
        assert answer.status_code in (202, 400), name
        assert_not_injected(answer, name)


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
async def test_no_address_or_host_becomes_a_header(sound_log: None, port: int, end: str) -> None:
    text = f"{end}{INJECTED}:b"
    heads = [f"GET {address.format(text)} HTTP/1.1\r\nHost: a" for address in ADDRESSES]
    heads += [f"GET /bigdata-api/openapi HTTP/1.1\r\nHost: {host.format(text)}" for host in HOSTS]
    for head in heads:
        for answer in conversation(port, raw(f"{head}\r\n\r\n")):
            assert_not_injected(answer, head)
            assert answer.headers.get("location") in (None, "/api/docs"), head
