"""503 means "unknown, send it again"; anything unexpected is a 500 that tells nothing."""

import logging

import httpx
import pytest

from configuration.kafka import Brokers
from tests.unit.ugc_api.serving import Api, ago, report
from ugc_api.metrics import Metrics
from ugc_api.publishing.publisher import MAX_WAITING, NotAcknowledged, Publisher

EVENT_ID = "8f14e45f-ceea-467f-a8f5-3e2b7c0d9a11"
INGEST = {"method": "POST", "route": "/api/v1/progresses/films/{film_id}"}


@pytest.mark.parametrize("reason", ["deadline", "not_connected", "broker", "too_many_waiting"])
async def test_it_names_what_to_send_again(api: Api, reason: str) -> None:
    api.publisher.failure = NotAcknowledged(reason)
    answer = await api.post()
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (503, "not_acknowledged")
    assert answer.headers["retry-after"] == "1"
    event = api.event
    assert problem["event_id"] == str(event.event_id)
    assert problem["event_time"] == event.event_time.isoformat(timespec="milliseconds").replace(
        "+00:00", "Z"
    )
    assert reason not in answer.text
    assert api.measured("ugc_kafka_produce_errors_total", reason=reason) == 1
    assert api.measured("ugc_events_received_total") == 0
    assert api.measured("ugc_http_requests_total", **INGEST, status="503") == 1


async def test_sending_that_again_is_the_same_event(api: Api) -> None:
    api.publisher.failure = NotAcknowledged("deadline")
    problem = (await api.post()).json()
    api.publisher.failure = None
    identity = {name: problem[name] for name in ("event_id", "event_time")}
    assert (await api.post(report(**identity))).status_code == 202
    first, second = api.publisher.events
    assert (first.event_id, first.event_time) == (second.event_id, second.event_time)


async def test_what_the_client_chose_is_what_it_is_told(api: Api) -> None:
    api.publisher.failure = NotAcknowledged("deadline")
    at = ago(5)
    problem = (await api.post(report(event_id=EVENT_ID, event_time=at))).json()
    assert (problem["event_id"], problem["event_time"]) == (EVENT_ID, at)


async def test_before_kafka_is_reached_nothing_is_acknowledged() -> None:
    metrics = Metrics()
    publisher = Publisher(Brokers("127.0.0.1:9"), "views", 1.0, metrics)
    api = Api()
    await api.post()
    with pytest.raises(NotAcknowledged, match="not_connected"):
        await publisher.publish(api.event)
    assert await publisher.missing() == ["kafka"]
    assert metrics.waiting == 0 < MAX_WAITING


async def test_a_surprise_is_logged_and_not_shown(
    api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    api.publisher.failure = ZeroDivisionError("the secret of the publisher")
    with caplog.at_level(logging.ERROR):
        answer = await api.post()
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-request-id"]
    assert "secret" not in answer.text
    (record,) = caplog.records
    assert record.exc_info is not None
    assert isinstance(record.exc_info[1], ZeroDivisionError)
    assert api.measured("ugc_http_requests_total", **INGEST, status="500") == 1


async def test_a_surprise_in_fastapi_is_a_problem_too(api: Api) -> None:
    @api.rest.get("/broken")
    def broken() -> None:
        raise ZeroDivisionError("a secret")

    transport = httpx.ASGITransport(api.front, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://api.example") as client:
        answer = await client.get("/broken")
        pass
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert answer.headers["content-type"] == "application/problem+json"
    assert "secret" not in answer.text
    labels = {"method": "GET", "route": "/broken", "status": "500"}
    assert api.measured("ugc_http_requests_total", **labels) == 1
