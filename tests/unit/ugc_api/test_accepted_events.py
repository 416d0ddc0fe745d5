"""202: what the client reads is what Kafka was given."""

from datetime import UTC, datetime

import pytest

from tests.unit.ugc_api.bearer import VIEWER
from tests.unit.ugc_api.serving import ADDRESS, FILM, Api, ago, report, uuid7
from ugc_api.publishing.publisher import Receipt

EVENT_ID = "8f14e45f-ceea-467f-a8f5-3e2b7c0d9a11"
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


async def test_it_names_the_event_its_time_and_where_it_lies(api: Api) -> None:
    at = ago(60)
    answer = await api.post(report(event_id=EVENT_ID, event_time=at))
    assert answer.status_code == 202
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == {"event_id": EVENT_ID, "event_time": at, "receipt": "3-1042"}
    event = api.event
    assert (str(event.event_id), event.film_id, event.user_id) == (EVENT_ID, FILM, VIEWER)
    assert event.event_time == datetime.fromisoformat(at)
    assert (event.v, event.progress, event.total) == (1, 754.5, 5400.0)
    assert event.received_at.microsecond % 1000 == 0
    assert api.measured("ugc_events_received_total") == 1


async def test_a_first_position_is_one_too(api: Api) -> None:
    api.publisher.receipt = Receipt(0, 0)
    assert (await api.post()).json()["receipt"] == "0-0"


async def test_the_receipt_is_null_when_kafka_forgot_where(api: Api) -> None:
    api.publisher.receipt = None
    answer = await api.post()
    assert (answer.status_code, answer.json()["receipt"]) == (202, None)


async def test_what_we_chose_is_told(api: Api) -> None:
    before = datetime.now(UTC)
    told = (await api.post()).json()
    after = datetime.now(UTC)
    event = api.event
    assert told["event_id"] == str(event.event_id)
    assert datetime.fromisoformat(told["event_time"]) == event.event_time == event.received_at
    assert event.event_id.version == 7
    assert event.event_id.int >> 80 == round(event.event_time.timestamp() * 1000)
    cut = before.replace(microsecond=before.microsecond // 1000 * 1000)
    assert cut <= event.event_time <= after


async def test_a_repetition_is_the_same_event(api: Api) -> None:
    told = (await api.post()).json()
    identity = {"event_id": told["event_id"], "event_time": told["event_time"]}
    again = (await api.post(report(**identity))).json()
    assert again | {"receipt": ""} == told | {"receipt": ""}
    one, other = api.publisher.events
    assert (one.event_id, one.event_time) == (other.event_id, other.event_time)


async def test_an_id_with_a_time_of_its_own_needs_no_other(api: Api) -> None:
    event_id = uuid7(datetime.fromisoformat(ago(3600)).timestamp())
    told = (await api.post(report(event_id=str(event_id)))).json()
    assert told["event_id"] == str(event_id)
    assert datetime.fromisoformat(told["event_time"]).timestamp() == (event_id.int >> 80) / 1000


@pytest.mark.parametrize(
    ("body", "progress", "total"),
    [
        (b'{"progress":0,"total":0.0005001}', 0.0, 0.001),
        (b'{"progress":-0.0,"total":1}', 0.0, 1.0),
        (b'{"progress":1.2344,"total":1.2346}', 1.234, 1.235),
        (b'{"progress":5.0004,"total":5}', 5.0, 5.0),
        (b'{"progress":604800,"total":604800}', 604800.0, 604800.0),
        (b'{"progress":604799.9996,"total":604799.9999}', 604800.0, 604800.0),
        (b'{"progress":1e2,"total":54E2}', 100.0, 5400.0),
        (rb' {"pro\u0067ress" : 1 , "total":2} ', 1.0, 2.0),
    ],
    ids=lambda value: value.decode() if isinstance(value, bytes) else "",
)
async def test_seconds_are_rounded_to_the_millisecond(
    api: Api, body: bytes, progress: float, total: float
) -> None:
    assert (await api.post(body)).status_code == 202
    assert (repr(api.event.progress), api.event.total) == (repr(progress), total)


async def test_the_record_carries_the_request_id_and_the_trace(api: Api) -> None:
    await api.post(headers={"X-Request-Id": "from-nginx.1", "traceparent": TRACE})
    expected = {"request_id": b"from-nginx.1", "traceparent": TRACE.encode()}
    assert api.publisher.headers == [expected]


@pytest.mark.parametrize("trace", ["", "00-1-2-3", TRACE.upper(), TRACE + "-x", "x" * 5000])
async def test_a_malformed_trace_is_left_out(api: Api, trace: str) -> None:
    await api.post(headers={"traceparent": trace})
    assert api.publisher.headers[0].keys() == {"request_id"}


async def test_a_film_may_be_written_in_any_usual_way(api: Api) -> None:
    for text in (str(FILM).upper(), FILM.hex):
        await api.post(to=ADDRESS.replace(str(FILM), text))
    assert {event.film_id for event in api.publisher.events} == {FILM}
