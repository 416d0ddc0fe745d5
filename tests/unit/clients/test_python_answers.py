"""What the Python client makes of an answer."""

from uuid import UUID

import pytest

from clients.python.ugc_client import ProgressClient
from tests.unit.clients.scripted import NO_ANSWER, TAKEN, Answer, Device, Server, Told, ids

FILM = UUID("5d7c1e0a-3b52-4a0e-8c55-0d3c2f6b7a10")


def refusal(index: int, code: str = "not_acknowledged", *, retryable: bool) -> dict[str, object]:
    return {"index": index, "code": code, "detail": "", "retryable": retryable}


JSON = {"Content-Type": "application/json"}
NOT_OF_THE_API = [
    *(Answer(status, "<html>") for status in (200, 400, 403, 404, 413)),
    Answer(404, {"code": "no_route"}, JSON),
    Answer(404, {"title": "Not Found"}),
    Answer(422, {"refused": [refusal(0, retryable=False)]}, JSON),
]


@pytest.mark.parametrize(
    "failure",
    [NO_ANSWER, *map(Answer, (302, 408, 429, 500, 502, 503, 504)), *NOT_OF_THE_API],
    ids=lambda answer: str(answer.status),
)
@pytest.mark.parametrize("count", [1, 3])
async def test_without_an_answer_that_decides_the_same_is_sent_again(
    client: ProgressClient,
    server: Server,
    device: Device,
    caplog: pytest.LogCaptureFixture,
    failure: Answer,
    count: int,
) -> None:
    server.will_answer(failure, failure)
    for n in range(count):
        client.report(FILM, n, 9)
    assert await client.flush(5)
    first, *again = server.requests
    assert again == [first, first]
    assert len(device.pauses) == 2
    assert caplog.records == []
    assert (client.sent, client.accepted, client.dropped) == (3 * count, count, 0)


async def test_pauses_grow_to_a_minute_and_differ(
    client: ProgressClient, server: Server, device: Device
) -> None:
    client.max_batch = 1
    server.will_answer(*[Answer(503)] * 40, TAKEN, Answer(503))
    client.report(FILM, 1, 9)
    client.report(FILM, 2, 9)
    assert await client.flush(5)
    assert device.pauses.pop() <= 1  # the second event's: that was another outage
    for n, pause in enumerate(device.pauses):
        assert 0.5 <= pause <= min(2.0**n, 60)
    assert max(device.pauses) > 40
    assert len(set(device.pauses)) == 40


async def test_the_server_is_left_alone_as_long_as_it_asks(
    client: ProgressClient, server: Server, device: Device
) -> None:
    server.will_answer(Answer(503, headers={"Retry-After": "7"}), Answer(429, {}, {}))
    client.report(FILM, 1, 9)
    assert await client.flush(5)
    first, second = device.pauses
    assert 7.5 <= first <= 8
    assert second <= 2


async def test_what_a_207_does_not_name_is_in(
    client: ProgressClient, server: Server, told: Told, device: Device
) -> None:
    refused = [refusal(1, retryable=True), refusal(3, "progress_beyond_total", retryable=False)]
    server.will_answer(Answer(207, {"accepted": 2, "refused": refused}))
    reported = [client.report(FILM, n, 9) for n in range(4)]
    assert await client.flush(5)
    assert ids(server.posted[1]) == [reported[1]]
    assert told.dropped == [(reported[3], "progress_beyond_total")]
    assert (client.sent, client.accepted, client.dropped) == (5, 3, 1)
    assert len(device.pauses) == 1


async def test_a_207_that_names_nobody_decides_nothing(
    client: ProgressClient, server: Server
) -> None:
    server.will_answer(Answer(207, "cut of"), Answer(207, {"accepted": 1}))
    reported = [client.report(FILM, n, 9) for n in range(2)]
    assert await client.flush(5)
    assert [ids(events) for events in server.posted] == [reported] * 3


async def test_a_422_that_names_all_drops_each_by_its_code(
    client: ProgressClient, server: Server, told: Told
) -> None:
    refused = [refusal(n, code, retryable=False) for n, code in enumerate(["a", "b"])]
    server.will_answer(Answer(422, {"code": "nothing_valid", "accepted": 0, "refused": refused}))
    first, second = (client.report(FILM, n, 9) for n in range(2))
    assert await client.flush(5)
    assert told.dropped == [(first, "a"), (second, "b")]
    assert len(server.requests) == 1
    after = client.report(FILM, 3, 9), client.report(FILM, 4, 9)
    assert await client.flush(5)
    assert ids(server.posted[1]) == list(after)  # no reason to send fewer at once


async def test_a_503_that_names_all_drops_the_invalid_ones(
    client: ProgressClient, server: Server, told: Told, device: Device
) -> None:
    refused = [refusal(0, "film_reserved", retryable=False), refusal(1, retryable=True)]
    unknown = {"code": "not_acknowledged", "accepted": 0, "refused": refused}
    server.will_answer(Answer(503, unknown, {"Retry-After": "3"}))
    invalid, named, unnamed = (client.report(FILM, n, 9) for n in range(3))
    assert await client.flush(5)
    assert told.dropped == [(invalid, "film_reserved")]
    assert ids(server.posted[1]) == [named, unnamed]
    assert device.pauses[0] >= 3


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Answer(422, {"code": "event_time_out_of_window"}), "event_time_out_of_window"),
        (Answer(403, {"code": "user_mismatch"}), "user_mismatch"),
        (Answer(413, {"code": "body_too_large"}), "body_too_large"),
        (Answer(404, {"code": "not_found"}), "not_found"),
    ],
)
async def test_a_refused_event_is_dropped_by_its_code(
    client: ProgressClient, server: Server, told: Told, answer: Answer, code: str
) -> None:
    server.will_answer(answer)
    refused = client.report(FILM, 1, 9)
    assert await client.flush(5)
    assert told.dropped == [(refused, code)]
    assert len(server.requests) == 1
    assert (client.accepted, client.dropped, client.queued) == (0, 1, 0)


async def test_what_a_gateway_answers_for_a_while_costs_no_event(
    client: ProgressClient, server: Server, told: Told, device: Device
) -> None:
    client.max_queue = 2000
    server.will_answer(*[Answer(404, "<html>default backend</html>")] * 6)
    reported = [client.report(FILM, n, 9000) for n in range(1500)]
    assert await client.flush(5)
    assert [len(events) for events in server.posted] == [300] * 11
    assert [event_id for events in server.posted[6:] for event_id in ids(events)] == reported
    assert len(device.pauses) == 6
    assert all(pause >= 0.5 for pause in device.pauses)
    assert (client.accepted, told.dropped) == (1500, [])


async def test_a_batch_too_large_is_halved_at_once(
    client: ProgressClient, server: Server, told: Told, device: Device
) -> None:
    too_large = Answer(413, {"code": "body_too_large"})
    server.will_answer(too_large, TAKEN, too_large)
    reported = [client.report(FILM, n, 9) for n in range(8)]
    assert await client.flush(5)
    assert [len(events) for events in server.posted] == [8, 4, 4, 2, 2]
    assert [i for n in (1, 3, 4) for i in ids(server.posted[n])] == reported
    assert (told.dropped, device.pauses) == ([], [])


async def test_after_a_halving_batches_grow_again(client: ProgressClient, server: Server) -> None:
    client.max_batch = 8
    too_large = Answer(413, {"code": "body_too_large"})
    server.will_answer(too_large, too_large)
    for n in range(30):
        client.report(FILM, n, 99)
    assert await client.flush(5)
    assert [len(events) for events in server.posted] == [8, 4, 2, 4, 8, 8, 8]


async def test_a_batch_refused_for_another_reason_is_halved_with_pauses(
    client: ProgressClient, server: Server, told: Told, device: Device
) -> None:
    server.will_answer(*[Answer(415, {"code": "unsupported_media_type"})] * 6)
    first, second, *others = (client.report(FILM, n, 9) for n in range(9))
    assert await client.flush(5)
    sizes = [len(events) for events in server.posted]
    assert sizes == [9, 4, 2, 1, 2, 1, 2, 4, 1]
    assert told.dropped == [(event, "unsupported_media_type") for event in (first, second)]
    assert [i for events in server.posted[6:] for i in ids(events)] == others
    assert len(device.pauses) == 4  # after each batch, none after one alone
