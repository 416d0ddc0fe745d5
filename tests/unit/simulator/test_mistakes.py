"""Each mistake is refused by the API with the code it has to be refused with."""

from uuid import uuid4

import pytest

from simulator.mistakes import MISTAKES, Mistake, fields, line, single
from simulator.viewer import Heartbeat
from tests.unit.simulator.conftest import token_of
from tests.unit.ugc_api.serving import Api

every_mistake = pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)


@every_mistake
async def test_a_mistake_by_itself(api: Api, heartbeats: list[Heartbeat], mistake: Mistake) -> None:
    beat = heartbeats[30]
    film, body = single(fields(beat, uuid4()), mistake)
    to = f"/api/v1/progresses/films/{film}"
    answer = await api.post(body, to=to, token=token_of(beat.user_id))
    assert answer.json()["code"] == mistake.code
    assert answer.status_code == (403 if mistake.code == "user_mismatch" else 422)
    assert not api.publisher.events


@every_mistake
async def test_a_mistake_among_others(
    api: Api, heartbeats: list[Heartbeat], mistake: Mistake
) -> None:
    first, wrong, last = (fields(beat, uuid4()) for beat in heartbeats[30:33])
    body = b"\n".join([line(first), line(wrong, mistake), line(last)])
    token = token_of(heartbeats[30].user_id)
    headers = {"Content-Type": "application/x-ndjson"}
    answer = await api.post(body, to="/api/v1/progresses", token=token, headers=headers)
    (refused,) = answer.json()["refused"]
    assert (refused["index"], refused["code"]) == (1, mistake.code)
    stored = [event.event_id for event in api.publisher.events]
    assert stored == [first["event_id"], last["event_id"]]


async def test_without_a_mistake_it_is_accepted(api: Api, heartbeats: list[Heartbeat]) -> None:
    beat, event_id = heartbeats[30], uuid4()
    film, body = single(fields(beat, event_id))
    to = f"/api/v1/progresses/films/{film}"
    answer = await api.post(body, to=to, token=token_of(beat.user_id))
    assert answer.status_code == 202, answer.text
    event = api.event
    assert (event.user_id, event.film_id, event.event_id) == (beat.user_id, beat.film_id, event_id)
    assert (event.progress, event.total) == (beat.progress, beat.total)
    assert event.event_time == beat.event_time
