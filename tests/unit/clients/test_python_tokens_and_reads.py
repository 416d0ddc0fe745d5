"""The Python client's tokens, and what it reads back."""

from typing import Any

import pytest

from clients.python.ugc_client import ProgressClient, ProgressError
from tests.unit.clients.scripted import NO_ANSWER, Answer, Device, Server, Told
from tests.unit.clients.test_python_sending import FILM, MANY, ONE

EXPIRED = Answer(401, {"code": "unauthorized"})


class Issuer:
    def __init__(self) -> None:
        self.issued = 0

    def give(self) -> str:
        self.issued += 1
        return f"token-{self.issued}"

    async def give_later(self) -> str:
        return self.give()


def bearers(server: Server) -> list[str]:
    return [request.headers["authorization"] for request in server.requests]


@pytest.mark.parametrize("function", ["give", "give_later"])
async def test_a_refused_token_is_renewed_once_and_at_once(
    client: ProgressClient, server: Server, device: Device, told: Told, function: str
) -> None:
    issuer = Issuer()
    client.token = getattr(issuer, function)
    client.report(FILM, 1, 9)
    assert await client.flush(5)
    server.will_answer(EXPIRED)
    client.report(FILM, 2, 9)
    assert await client.flush(5)
    assert bearers(server) == ["Bearer token-1", "Bearer token-1", "Bearer token-2"]
    assert server.posted[1] == server.posted[2]
    assert (device.pauses, told.unauthorized, client.accepted) == ([], 0, 2)


async def test_when_a_new_token_is_refused_too_the_queue_waits(
    client: ProgressClient, server: Server, device: Device, told: Told
) -> None:
    client.token = Issuer().give
    server.will_answer(EXPIRED, EXPIRED)
    client.report(FILM, 1, 9)
    assert await client.flush(5)
    assert bearers(server) == [f"Bearer token-{n}" for n in (1, 2, 3)]
    assert (len(device.pauses), told.unauthorized, told.dropped) == (1, 1, [])
    assert client.accepted == 1


async def test_a_refused_string_waits_for_another(
    client: ProgressClient, server: Server, device: Device, told: Told
) -> None:
    def renew() -> None:
        client.token = "another"

    client.on_unauthorized = renew
    server.will_answer(EXPIRED)
    client.report(FILM, 1, 9)
    assert await client.flush(5)
    assert bearers(server) == ["Bearer the-token", "Bearer another"]
    assert (len(device.pauses), client.accepted) == (1, 1)


async def test_when_no_token_can_be_had_the_queue_waits(
    client: ProgressClient, device: Device, caplog: pytest.LogCaptureFixture
) -> None:
    issuer = Issuer()

    def away() -> str:
        client.token = issuer.give
        raise ConnectionError("the issuer is away")

    client.token = away
    client.report(FILM, 1, 9)
    assert await client.flush(5)
    assert (len(device.pauses), client.accepted) == (1, 1)
    assert "the issuer is away" in caplog.text


async def test_a_position_is_read(client: ProgressClient, server: Server) -> None:
    found = {"film_id": str(FILM), "latest": {}, "furthest": {}, "as_of": "2027-01-15T08:00:00Z"}
    server.will_answer(Answer(200, found), Answer(404, {"code": "not_watched"}))
    assert await client.position(FILM) == found
    assert await client.position(FILM) is None
    assert [(request.method, request.path) for request in server.requests] == [("GET", ONE)] * 2


async def test_pages_are_read_as_far_as_asked(client: ProgressClient, server: Server) -> None:
    def page(films: list[int], cursor: str | None) -> Answer:
        items = [{"film_id": film} for film in films]
        return Answer(200, {"items": items, "next_cursor": cursor, "as_of": "x"})

    server.will_answer(page([1, 2], "a+b"), page([3], None))
    assert [item["film_id"] async for item in client.continue_watching(2)] == [1, 2, 3]
    assert [request.path for request in server.requests] == [
        f"{MANY}?limit=2",
        f"{MANY}?limit=2&cursor=a%2Bb",
    ]
    server.will_answer(page([1, 2], "a"))
    async for _ in client.continue_watching(2):
        break
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("answers", "status", "code"),
    [
        ([Answer(503, {"code": "reads_unavailable", "detail": "x"})], 503, "reads_unavailable"),
        ([EXPIRED, EXPIRED], 401, "unauthorized"),
        ([Answer(502, "<html>")], 502, "http_502"),
        ([Answer(200, "<html>")], 200, "http_200"),
        ([NO_ANSWER], 0, "no_answer"),
    ],
)
async def test_a_read_that_fails_says_how(
    client: ProgressClient, server: Server, answers: list[Answer], status: int, code: str
) -> None:
    client.token = Issuer().give
    server.will_answer(*answers)
    with pytest.raises(ProgressError) as failure:
        await client.position(FILM)
    assert (failure.value.status, failure.value.code) == (status, code)
    server.will_answer(*answers)
    with pytest.raises(ProgressError, match=code):
        await anext(client.continue_watching())


async def test_a_read_s_token_is_renewed(client: ProgressClient, server: Server) -> None:
    client.token = Issuer().give
    server.will_answer(EXPIRED, Answer(200, {"as_of": "x"}))
    assert await client.position(FILM) == {"as_of": "x"}


@pytest.mark.parametrize("film", ["", "film", "../healthz"])
async def test_a_film_s_id_is_a_uuid(client: ProgressClient, film: Any) -> None:
    with pytest.raises(ValueError, match="UUID"):
        client.report(film, 1, 9)
    with pytest.raises(ValueError, match="UUID"):
        await client.position(film)
