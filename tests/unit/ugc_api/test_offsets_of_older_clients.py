"""The route whose shape an older system had: milliseconds, no length, 201."""

import json

import pytest

from tests.unit.ugc_api.bearer import VIEWER
from tests.unit.ugc_api.serving import FILM, Api, ago
from ugc_api.ingest.routes import OFFSETS
from ugc_api.publishing.publisher import NotAcknowledged


def offset(**more: object) -> bytes:
    return json.dumps({"movie_id": str(FILM), "movie_time_offset": 754_500, **more}).encode()


@pytest.mark.parametrize("created", ["2021-05-01T10:00:00", 1_620_000_000, 1.5, None, ...])
@pytest.mark.parametrize("slash", ["", "/"])
async def test_a_position_is_acknowledged(api: Api, created: object, slash: str) -> None:
    more = {} if created is ... else {"created_at": created}
    answer = await api.post(offset(user_id=str(VIEWER), **more), to=OFFSETS + slash)
    assert answer.status_code == 201
    assert answer.json() == {"message": "acknowledged", "status": "success"}
    event = api.event
    assert (event.user_id, event.film_id) == (VIEWER, FILM)
    assert (event.progress, event.total) == (754.5, 0)
    assert event.event_time == event.received_at


async def test_it_may_have_an_identity_so_that_a_repetition_is_the_same_event(api: Api) -> None:
    known = {"event_id": "8f14e45f-ceea-467f-a8f5-3e2b7c0d9a11", "event_time": ago(60)}
    assert (await api.post(offset(**known), to=OFFSETS)).status_code == 201
    assert str(api.event.event_id) == known["event_id"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (offset(movie_time_offset=-1), 422, "invalid_field"),
        (offset(movie_time_offset=604_800_001), 422, "invalid_field"),
        (offset(movie_time_offset=1.5), 422, "invalid_field"),
        (offset(movie_id="tt0017136"), 422, "invalid_field"),
        (offset(movie_id="00000000-0000-0000-0000-000000000000"), 422, "film_reserved"),
        (offset(total=5), 422, "unknown_field"),
        (offset(user_id="11111111-2222-4333-8444-555555555555"), 403, "user_mismatch"),
        (offset()[:-1] + b',"movie_time_offset":1}', 422, "repeated_field"),
        (offset()[:-1] + b',"created_at":1,"created_at":"x"}', 422, "repeated_field"),
        (b"", 422, "body_empty"),
        (b"{", 422, "invalid_json"),
    ],
)
async def test_what_is_refused_stores_nothing(
    api: Api, body: bytes, status: int, code: str
) -> None:
    answer = await api.post(body, to=OFFSETS)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert api.publisher.events == []


async def test_without_an_ack_it_says_what_to_repeat(api: Api) -> None:
    api.publisher.failure = NotAcknowledged("deadline")
    answer = await api.post(offset(), to=OFFSETS)
    assert (answer.status_code, answer.json()["code"]) == (503, "not_acknowledged")
    assert answer.json()["event_id"] == str(api.event.event_id)
