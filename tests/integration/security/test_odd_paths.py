"""Whatever an address is made to look like, nginx lets in what the API serves, and no more."""

import re

import pytest

from tests.integration.security.strangers import REPORT
from tests.integration.security.wire import ATTACK, conversation, request_of
from tests.stack import RunningStack

BEHIND = ["metrics", "healthz", "readyz"]
"""What operators ask, on ports that are not the players'."""

WAYS = [
    *("/{}", "/{}/", "//{}", "/./{}", "/.//{}", "/{}?", "/{}#", "/{}.", "/{};", "/{};/api/"),
    *("/{}/.", "/{}/..;/", "/{}%20", "/{}%23", "/{}%3f", "/{}%09", "/{}%0a", "/{}%2e", "/x/../{}"),
    *("/api/../{}", "/api/..//{}", "/api//../{}", "/api/./../{}", "/api/x/../../{}"),
    *("/api/%2e%2e/{}", "/api/%2E%2E/{}", "/api/.%2e/{}", "/api/%2e./{}", "/api%2f..%2f{}"),
    *("/api/..%2f{}", "/api/%2e%2e%2f{}", "/api/..%5c{}", "/api/..\\{}", "/api\\..\\{}"),
    *("/api/..;/{}", "/api/;/../{}", "/api/..;x=y/{}", "/api/.../{}", "/api/%00/../{}"),
    *("/api/%252e%252e/{}", "/api/%252e%252e%252f{}", "/api/%c0%ae%c0%ae/{}", "/api/%uff0e/{}"),
    *("/%61pi/../{}", "/api/%2e%2e;/{}", "/API/../{}", "/bigdata-api/../{}", "/api%00/../{}"),
    *("/{}/../api", "/{}/../api/", "/{}/%2e%2e/api/", "/{}%2f..%2fapi/", "/{}%3f/../api/x"),
    *("/{}#/../api/", "/{}?/../api/", "/{};/../api/", "/{}%23/../api/", "/{}/..%2fapi/"),
    *(
        "/api/assets/../../{}",
        "/api/assets/..%2f..%2f{}",
        "/api/v1/progresses/films/../../../../{}",
    ),
]
FILES = [
    f"/api/assets/{up}etc/passwd"
    for up in (
        *("../../../../../../", "..%2f..%2f..%2f..%2f..%2f..%2f", "%2e%2e/%2e%2e/%2e%2e/%2e%2e/"),
        *("/", "%2f", "..%5c..%5c..%5c..%5c", "....//....//....//", "%252e%252e/%252e%252e/"),
    )
]
LOOKALIKES = [
    *("//api/v1/progresses", "/api//v1/progresses", "/API/v1/progresses", "/Api/docs"),
    *("/api./v1/progresses", "/api;/v1/progresses", "/api/v1/progresses;x", "/api/v1/progresses."),
    *(
        "/api/./v1/progresses",
        "/api/x/../v1/progresses",
        "/api\\v1\\progresses",
        "/api/v1\\progresses",
    ),
    *(
        "/api/v1/progresses%3fuser_id=1",
        "/api/v1/progresses%23",
        "/api/v1%5cprogresses",
    ),
    *("/api/v1/progresses/films/../../progresses", "/apis/v1/progresses", "/xapi/v1/progresses"),
    *("/bigdata-api//v1/producer/views", "/bigdata_api/v1/producer/views", "/problem", "/problem/"),
    *("/docs", "/redoc", "/openapi.json", "/assets/swagger-ui.css", "/.git/config", "/.env"),
]


def ask(port: int, token: str, path: str) -> tuple[int, str]:
    """Status and code, as one whose token is good."""
    head = f"GET {path} HTTP/1.1\r\nHost: a\r\nX-Request-Id: {ATTACK}\r\n"
    answer = conversation(port, f"{head}Authorization: Bearer {token}\r\n\r\n".encode())[0]
    assert request_of(answer) == ATTACK or answer.status_code == 400
    return answer.status_code, str(answer.json()["code"])


@pytest.mark.parametrize("name", BEHIND)
def test_what_is_behind_cannot_be_reached(running_stack: RunningStack, name: str) -> None:
    port, token = running_stack.settings.nginx_port, running_stack.token("service", "analyst")
    for way in WAYS:
        path = way.format(name)
        assert ask(port, token, path) in ((404, "not_found"), (400, "bad_request")), path


def test_metrics_are_not_on_the_port_of_players(running_stack: RunningStack, port: int) -> None:
    assert ask(port, running_stack.token(), "/metrics") == (404, "not_found")


def test_files_are_those_of_the_documents(running_stack: RunningStack, port: int) -> None:
    token = running_stack.token()
    for path in FILES:
        # above the root there is nothing, says nginx
        assert ask(port, token, path) in ((404, "not_found"), (400, "bad_request")), path


def test_what_looks_like_a_route_is_none(running_stack: RunningStack, port: int) -> None:
    token = running_stack.token()
    for path in LOOKALIKES:
        assert ask(port, token, path) == (404, "not_found"), path


@pytest.mark.parametrize("method", ["POST", "GET"])
@pytest.mark.usefixtures("nothing_published")
def test_a_film_is_one_segment(running_stack: RunningStack, port: int, method: str) -> None:
    film = re.sub("^/api/v1/progresses/films/", "", REPORT)
    for segment in (f"{film}/{film}", f"{film}%2f{film}", f"x/{film}", f"{film}//", f"..%2f{film}"):
        head = f"{method} /api/v1/progresses/films/{segment} HTTP/1.1\r\nHost: a\r\n"
        token = f"Authorization: Bearer {running_stack.token()}\r\nContent-Length: 0\r\n\r\n"
        assert conversation(port, (head + token).encode())[0].status_code == 404, segment
