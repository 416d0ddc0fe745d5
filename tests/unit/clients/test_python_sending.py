"""The Python client sends what was reported, until it is decided."""

import time
from typing import Any
from uuid import UUID

import pytest

from clients.python.ugc_client import ProgressClient
from tests.unit.clients.scripted import Answer, Device, Server, Told, ids

FILM = UUID("5d7c1e0a-3b52-4a0e-8c55-0d3c2f6b7a10")
ONE = f"/api/v1/progresses/films/{FILM}"
MANY = "/api/v1/progresses"


async def test_one_event_goes_alone(client: ProgressClient, server: Server) -> None:
    event_id = client.report(FILM, 754.5, 5400)
    assert client.queued == 1
    assert await client.flush(5)
    (request,) = server.requests
    assert (request.method, request.path) == ("POST", ONE)
    assert request.headers["authorization"] == "Bearer the-token"
    assert request.headers["content-type"] == "application/json"
    (event,) = request.events
    assert event == {
        "progress": 754.5,
        "total": 5400,
        "event_time": "2027-01-15T08:00:00.000Z",
        "event_id": event_id,
    }
    assert (client.sent, client.accepted, client.dropped, client.queued) == (1, 1, 0, 0)


async def test_an_event_id_is_a_uuid7_of_the_moment(client: ProgressClient, device: Device) -> None:
    made = [UUID(client.report(FILM, n, 9)) for n in range(5)]
    assert len(set(made)) == 5
    assert {(event_id.version, event_id.variant) for event_id in made} == {
        (7, "specified in RFC 4122")
    }
    assert {event_id.int >> 80 for event_id in made} == {int(device.wall_s * 1000)}


async def test_several_events_go_together_in_order(client: ProgressClient, server: Server) -> None:
    client.max_batch = 3
    reported = [client.report(FILM, n, 9) for n in range(7)]
    assert await client.flush(5)
    assert [request.path for request in server.requests] == [MANY, MANY, ONE]
    assert server.requests[0].headers["content-type"] == "application/x-ndjson"
    assert [len(events) for events in server.posted] == [3, 3, 1]
    assert [event_id for events in server.posted for event_id in ids(events)] == reported
    assert {event["film_id"] for event in server.posted[0]} == {str(FILM)}
    assert server.most_at_once == 1
    assert client.accepted == 7


async def test_several_events_are_compressed_when_asked(
    client: ProgressClient, server: Server
) -> None:
    client.compress = True
    reported = [client.report(FILM, n, 9) for n in range(100)]
    assert await client.flush(5)
    (request,) = server.requests
    assert request.headers["content-encoding"] == "gzip"
    assert len(request.body) < 100 * 100
    assert ids(request.events) == reported


async def test_a_pause_gathers(client: ProgressClient, server: Server, device: Device) -> None:
    client.gather = 0.25
    client.report(FILM, 1, 9)
    client.report(FILM, 2, 9)
    assert await client.flush(5)
    assert [len(events) for events in server.posted] == [2]
    assert device.pauses == [0.25]


async def test_when_the_queue_is_full_the_oldest_is_dropped(
    client: ProgressClient, server: Server, told: Told
) -> None:
    client.max_queue = 3
    reported = [client.report(FILM, n, 9) for n in range(5)]
    assert client.queued == 3
    assert told.dropped == [(event_id, "queue_full") for event_id in reported[:2]]
    assert await client.flush(5)
    assert ids(server.posted[0]) == reported[2:]
    assert (client.accepted, client.dropped) == (3, 2)


async def test_a_mistake_in_a_callback_does_not_stop_the_sending(
    client: ProgressClient, server: Server
) -> None:
    def fail(*_: object) -> None:
        raise KeyError("the application's")

    client.on_dropped = client.on_unauthorized = fail
    client.max_queue = 1
    server.will_answer(Answer(422, {"code": "invalid_field"}), Answer(401))
    client.report(FILM, 1, 9)
    assert await client.flush(5)
    client.report(FILM, 2, 9)
    assert await client.flush(5)
    client.report(FILM, 3, 9)
    client.report(FILM, 4, 9)  # for which the other is dropped
    assert await client.flush(5)
    assert (client.dropped, client.accepted) == (2, 2)


async def test_flush_says_when_its_time_is_over(options: dict[str, Any]) -> None:
    nobody = ProgressClient("http://127.0.0.1:9", "the-token", **options)
    started = time.monotonic()
    nobody.report(FILM, 1, 9)
    assert time.monotonic() - started < 0.1
    assert not await nobody.flush(0.05)
    assert nobody.queued == 1
    assert not await nobody.close(0)


async def test_what_is_left_at_the_close_is_dropped_and_told(
    options: dict[str, Any], told: Told
) -> None:
    nobody = ProgressClient("http://127.0.0.1:9", "the-token", **options)
    event_id = nobody.report(FILM, 1, 9)
    assert not await nobody.close(0.05)
    assert told.dropped == [(event_id, "closed")]
    assert (nobody.queued, nobody.dropped) == (0, 1)
    with pytest.raises(RuntimeError, match="closed"):
        nobody.report(FILM, 2, 9)


async def test_close_waits_for_what_is_queued(
    server: Server, options: dict[str, Any], told: Told
) -> None:
    server.will_answer(Answer(503))
    async with ProgressClient(server.url, "the-token", **options) as client:
        client.report(FILM, 1, 9)
    assert (client.accepted, told.dropped) == (1, [])
