"""Request smuggling: what stands in one request is never answered as another one."""

from collections.abc import Mapping
from uuid import uuid4

import httpx
import pytest

from embedded import token
from tests.integration.security.framings import REFUSED, Framing, hidden
from tests.integration.security.strangers import LIST, REPORT
from tests.integration.security.wire import AFTER, ATTACK, conversation, request_of
from tests.stack import RunningStack


async def assert_others_are_served(stack: RunningStack, http: httpx.AsyncClient) -> None:
    """By nginx's connections to the API, if the attack has left something in one of them."""
    for _ in range(2):
        mark = uuid4().hex
        headers = {"Authorization": f"Bearer {stack.token()}", "X-Request-Id": mark}
        answer = await http.get(stack.settings.front_url + LIST, headers=headers)
        assert answer.headers.get_list("x-request-id") == [mark]
        assert (answer.status_code, answer.json()["items"]) == (200, [])


@pytest.mark.parametrize("framing", REFUSED.values(), ids=REFUSED)
@pytest.mark.usefixtures("nothing_published")
async def test_a_request_of_two_lengths_is_refused_and_the_connection_closed(
    running_stack: RunningStack, asking: httpx.AsyncClient, port: int, framing: Framing
) -> None:
    raw = framing.request(running_stack.token()) + hidden(running_stack.token())
    (answer,) = conversation(port, raw)
    if port == running_stack.settings.nginx_port:
        status = 501 if framing.code == "not_implemented" else 400
        assert (answer.status_code, answer.json()["code"]) == (status, framing.code)
        await assert_others_are_served(running_stack, asking)
    else:
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


def bodies(token: str) -> Mapping[str, tuple[str, str, list[str], bytes, int]]:
    """Method, address, lines, body, and the status of the one answer."""
    inner = hidden(token)
    chunk = b"%x\r\n" % len(inner) + inner + b"\r\n0\r\n\r\n"
    length = ["Content-Length: {n}"]
    large = inner * (70_000 // len(inner))
    return {
        "of a report": ("POST", REPORT, length, inner, 422),
        "in a chunk": ("POST", REPORT, ["Transfer-Encoding: chunked"], chunk, 422),
        "of a batch": ("POST", LIST, length, inner, 422),
        "too large": ("POST", REPORT, length, large, 413),
        "of a reading": ("GET", LIST, length, inner, 200),
        "of no route": ("POST", "/api/v1/nothing", length, inner, 404),
        "of no method of the route": ("PUT", REPORT, length, inner, 405),
    }


@pytest.mark.parametrize("where", bodies(""))
@pytest.mark.usefixtures("nothing_published")
async def test_a_request_in_a_body_is_that_body(
    running_stack: RunningStack, asking: httpx.AsyncClient, port: int, where: str
) -> None:
    method, address, lines, body, status = bodies(running_stack.token())[where]
    raw = Framing(lines, body).request(running_stack.token(), address, method)
    answers = conversation(port, raw)
    # nginx closes the connection of what was too large
    assert [request_of(answer) for answer in answers] in ([ATTACK, AFTER], [ATTACK])
    assert answers[0].status_code == status
    await assert_others_are_served(running_stack, asking)


@pytest.mark.usefixtures("nothing_published")
async def test_a_request_in_a_strangers_body_is_that_body(
    running_stack: RunningStack, port: int
) -> None:
    """Refused before it was read; it has to be passed over all the same."""
    inner = hidden(running_stack.token())
    answers = conversation(port, Framing(["Content-Length: {n}"], inner).request("nobody's"))
    assert [request_of(answer) for answer in answers] == [ATTACK, AFTER]
    assert answers[0].status_code == 401


def test_each_of_a_row_on_one_connection_is_who_its_token_says(
    running_stack: RunningStack, port: int
) -> None:
    one, other = uuid4(), uuid4()
    row = b""
    for n in range(20):
        mine = token.mint(running_stack.settings, one if n % 2 else other)
        row += (
            f"GET {LIST}?user_id={one} HTTP/1.1\r\nHost: a\r\nX-Request-Id: {n}\r\n"
            f"Authorization: Bearer {mine}\r\n\r\n"
        ).encode()
    answers = conversation(port, row)
    assert [request_of(answer) for answer in answers] == [*map(str, range(20)), AFTER]
    assert [answer.status_code for answer in answers[:-1]] == [403, 200] * 10
