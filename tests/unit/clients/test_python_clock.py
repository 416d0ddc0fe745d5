"""The Python client gives events the server's time, once, whatever the device's clock says."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from clients.python.ugc_client import ProgressClient
from tests.unit.clients.scripted import NO_ANSWER, NOON, Answer, Device, Server
from tests.unit.clients.test_python_sending import FILM

NEARLY = 1.0  # seconds: what `Date` leaves open


def unix(event: dict[str, Any]) -> float:
    return datetime.fromisoformat(event["event_time"]).timestamp()


@pytest.mark.parametrize("wrong_by", [-600, 600, -40 * 365 * 86400])
async def test_a_wrong_clock_is_corrected(
    client: ProgressClient, server: Server, device: Device, wrong_by: float
) -> None:
    device.wall_s += wrong_by
    server.now = lambda: NOON
    client.report(FILM, 1, 9)
    assert await client.flush(5)
    assert server.clock_questions == 1
    assert unix(server.posted[0][0]) == pytest.approx(NOON, abs=NEARLY)


@pytest.mark.parametrize("behind", [-1, -0.5, 0, 1.2, 2])
async def test_a_clock_that_is_right_is_believed_to_the_millisecond(
    client: ProgressClient, server: Server, device: Device, behind: float
) -> None:
    device.wall_s = NOON + 0.123
    server.now = lambda: NOON - behind
    client.report(FILM, 1, 9)
    assert await client.flush(5)
    assert unix(server.posted[0][0]) == NOON + 0.123


async def test_an_event_is_as_old_as_it_is_when_the_time_becomes_known(
    client: ProgressClient, server: Server, device: Device
) -> None:
    device.wall_s -= 600
    server.now = lambda: device.wall_s + 600
    server.will_answer_clock(*[NO_ANSWER] * 5)
    client.report(FILM, 1, 9)
    assert await client.flush(5)
    assert device.wall_s > NOON - 600 + 2.5  # five pauses
    assert unix(server.posted[0][0]) == pytest.approx(NOON, abs=NEARLY)


async def test_a_repetition_does_not_change_the_time(
    client: ProgressClient, server: Server, device: Device
) -> None:
    def clock_is_set() -> None:
        device.wall_s += 3600

    server.will_answer(Answer(503, meanwhile=clock_is_set), Answer(503))
    client.report(FILM, 1, 9)
    assert await client.flush(5)
    assert [unix(events[0]) for events in server.posted] == [NOON] * 3


async def test_a_time_given_is_sent_as_given(client: ProgressClient, server: Server) -> None:
    zone = timezone(timedelta(hours=3))
    client.report(FILM, 1, 9, event_time="2027-01-01T00:00:00Z")
    client.report(FILM, 1, 9, event_time=datetime(2027, 1, 1, 3, tzinfo=zone))
    assert await client.flush(5)
    assert [event["event_time"] for event in server.posted[0]] == [
        "2027-01-01T00:00:00Z",
        "2027-01-01T03:00:00+03:00",
    ]
    with pytest.raises(ValueError, match="zone"):
        client.report(FILM, 1, 9, event_time=datetime(2027, 1, 1))  # noqa: DTZ001


async def test_the_time_is_asked_for_once(
    client: ProgressClient, server: Server, device: Device
) -> None:
    for minute in range(3):
        client.report(FILM, minute, 9)
        assert await client.flush(5)
        device.passes(60)
    assert server.clock_questions == 1
    assert [unix(events[0]) for events in server.posted] == [NOON, NOON + 60, NOON + 120]


@pytest.mark.parametrize("jump", [8 * 3600, -8 * 3600], ids=["slept, or set ahead", "set back"])
async def test_when_the_device_s_clocks_part_the_time_is_asked_for_again(
    client: ProgressClient, server: Server, device: Device, jump: float
) -> None:
    client.report(FILM, 1, 9)
    assert await client.flush(5)
    device.wall_s += jump
    right = NOON + 8 * 3600
    server.now = lambda: right
    client.report(FILM, 2, 9)
    assert await client.flush(5)
    assert server.clock_questions == 2
    assert unix(server.posted[1][0]) == pytest.approx(right, abs=NEARLY)


async def test_what_was_reported_before_the_device_slept_keeps_its_time(
    client: ProgressClient, server: Server, device: Device
) -> None:
    client.report(FILM, 1, 9)
    assert await client.flush(5)

    def reports_and_sleeps() -> None:
        client.report(FILM, 3, 9)
        device.wall_s += 3600

    server.will_answer(Answer(202, {}, meanwhile=reports_and_sleeps))
    client.report(FILM, 2, 9)
    assert await client.flush(5)
    assert [unix(events[0]) for events in server.posted] == [NOON] * 3


async def test_a_later_answer_corrects_too(
    client: ProgressClient, server: Server, device: Device
) -> None:
    def clock_of_the_server_is_set() -> None:
        server.now = lambda: NOON + 5

    client.report(FILM, 1, 9)
    server.will_answer(Answer(202, {}, meanwhile=clock_of_the_server_is_set))
    assert await client.flush(5)
    client.report(FILM, 2, 9)
    assert await client.flush(5)
    first, second = (unix(events[0]) for events in server.posted)
    assert first == NOON
    assert second == pytest.approx(NOON + 5, abs=NEARLY)


@pytest.mark.parametrize("written_after", [0, 9])
async def test_a_slow_answer_does_not_set_the_clock(
    client: ProgressClient, server: Server, device: Device, written_after: int
) -> None:
    """Its `Date` may be of its beginning or of its end."""
    server.now = lambda: NOON + written_after
    server.will_answer_clock(Answer(204, meanwhile=lambda: device.passes(9)))
    client.report(FILM, 1, 9)
    assert await client.flush(5)
    assert unix(server.posted[0][0]) == NOON


async def test_without_a_date_the_device_is_believed(
    client: ProgressClient, server: Server
) -> None:
    server.now = lambda: None
    client.report(FILM, 1, 9)
    assert await client.flush(5)
    assert server.posted[0][0]["event_time"] == "2027-01-15T08:00:00.000Z"
    assert datetime.fromtimestamp(NOON, UTC).hour == 8
