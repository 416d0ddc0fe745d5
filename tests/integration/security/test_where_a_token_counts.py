"""A token counts in one `Authorization: Bearer` header, and nowhere else."""

import httpx
import pytest

from tests.integration.security.strangers import LIST, REPORT, assert_unauthorized
from tests.integration.security.wire import conversation
from tests.stack import RunningStack

pytestmark = pytest.mark.usefixtures("nothing_published")

Headers = dict[str, str]


def elsewhere(token: str) -> list[tuple[str, Headers]]:
    """A query, and headers; a good token is in one of them."""
    return [
        (f"?access_token={token}", {}),
        (f"?token={token}&authorization=Bearer%20{token}", {}),
        ("", {"Cookie": f"access_token={token}; Authorization=Bearer {token}; token={token}"}),
        ("", {"X-Authorization": f"Bearer {token}"}),
        ("", {"X-Access-Token": token, "X-Forwarded-Authorization": f"Bearer {token}"}),
        ("", {"Proxy-Authorization": f"Bearer {token}"}),
        ("", {"Authorization_": f"Bearer {token}"}),
        ("", {"Authorization": token}),
        ("", {"Authorization": f"Basic {token}"}),
        ("", {"Authorization": f"Token {token}"}),
        ("", {"Authorization": f"Bearer{token}"}),
        ("", {"Authorization": f"Bearer\t{token}"}),
        ("", {"Authorization": f"Bearer  {token}"}),
        ("", {"Authorization": f'Bearer "{token}"'}),
        ("", {"Authorization": f"Bearer access_token={token}"}),
        ("", {"Authorization": f"Bearer {token}, Bearer {token}"}),
        ("", {"Authorization": f"Bearer {token} {token}"}),
        ("", {"Authorization": f"Bearer x, {token}"}),
    ]


async def test_elsewhere_it_is_nobodys(
    running_stack: RunningStack, asking: httpx.AsyncClient, door: str
) -> None:
    for query, headers in elsewhere(running_stack.token()):
        report = {"progress": 1, "total": 2}
        answer = await asking.post(door + REPORT + query, json=report, headers=headers)
        assert_unauthorized(answer, f"{query} {headers}")
        answer = await asking.get(door + LIST + query, headers=headers)
        assert_unauthorized(answer, f"{query} {headers}")


async def test_in_a_body_it_is_nobodys(
    running_stack: RunningStack, asking: httpx.AsyncClient, door: str
) -> None:
    """RFC 6750 knows a form field; here no stranger's body is looked at."""
    form = {"access_token": running_stack.token()}
    assert_unauthorized(await asking.post(door + REPORT, data=form))


async def test_a_long_one_of_nonsense_is_nobodys(asking: httpx.AsyncClient, door: str) -> None:
    answer = await asking.post(door + REPORT, headers={"Authorization": f"Bearer {'x' * 8000}"})
    assert_unauthorized(answer)


async def test_a_huge_one_does_not_come_in(
    running_stack: RunningStack, asking: httpx.AsyncClient
) -> None:
    headers = {"Authorization": f"Bearer {running_stack.token()}.{'x' * 9000}"}
    answer = await asking.post(running_stack.settings.front_url + REPORT, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (431, "headers_too_large")


@pytest.mark.parametrize("second", ["the same", "another viewer's", "x"])
def test_of_two_headers_none_counts(running_stack: RunningStack, port: int, second: str) -> None:
    """Else one who checks the first and one who believes the last would see two viewers."""
    first = running_stack.token()
    tokens = first, {"the same": first, "another viewer's": running_stack.token()}.get(second, "x")
    lines = "".join(f"Authorization: Bearer {token}\r\n" for token in tokens)
    for request in (f"GET {LIST}", f"POST {REPORT}", f"POST {LIST}"):
        raw = f"{request} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n{lines}\r\n"
        answer = conversation(port, raw.encode())[0]
        if port == running_stack.settings.nginx_port:
            assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")
        else:
            assert_unauthorized(answer, request)
