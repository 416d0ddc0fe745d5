"""The soak's clients and their ledger: what is answered how, and what is sent again."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from load.denying import message
from soak.clients import Clients, Pace
from soak.diary import ACCEPTED, Diaries, Diary, ledger

from tests.players import at_work
from tests.waiting import until

SEED = 0xFEED


def answer(status: int, body: object) -> bytes:
    text = json.dumps(body).encode()
    return b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%b" % (status, len(text), text)


@asynccontextmanager
async def answering(answers: Iterator[bytes | None]) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A server's port and the bodies it has seen; None = the connection is cut."""
    bodies: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                bodies.append((await message(reader)).partition(b"\r\n\r\n")[2])
                if (said := next(answers)) is None:
                    break
                writer.write(said)
        except asyncio.IncompleteReadError:
            pass
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1], bodies


async def played(port: int, diaries: Diaries, requests: int) -> None:
    clients = Clients(("127.0.0.1", port), diaries, ["token"], Pace(1000), connections=1)
    async with at_work(clients.play, within=20):
        await until(lambda: sum(diaries.answers.values()) >= requests)


async def test_an_event_is_sent_again_as_it_was_until_it_is_accepted() -> None:
    refused = answer(503, {"code": "not_acked"})
    answers = itertools.chain([refused, None, refused], itertools.repeat(answer(202, {})))
    diaries = Diaries(SEED, 1)
    async with answering(answers) as (port, bodies):
        await played(port, diaries, 4)
    assert len(set(bodies[:4])) == 1
    assert diaries.answers[503] == 2
    assert diaries.answers[0] == 1
    known = ledger(diaries.each)
    assert len(known.accepted) == diaries.accepted == len(diaries.each[0].states)
    assert not known.unanswered


async def test_a_refusal_for_good_is_a_surprise_and_no_event() -> None:
    answers = itertools.chain(
        [answer(422, {"code": "invalid_json"})], itertools.repeat(answer(202, {}))
    )
    diaries = Diaries(SEED, 1)
    async with answering(answers) as (port, _):
        await played(port, diaries, 2)
    assert diaries.surprises == ["refused as invalid_json, expected: accepted"]
    assert len(ledger(diaries.each).accepted) == len(diaries.each[0].states) - 1


def test_of_a_batch_only_what_may_be_repeated_is_left() -> None:
    diaries = Diaries(SEED, 1)
    clients, diary = Clients(("", 0), diaries, [""], Pace(1)), diaries.each[0]
    events = [diary.begin(datetime.now(UTC)) for _ in range(3)]
    refused = [
        {"index": 0, "code": "not_acked", "retryable": True},
        {"index": 2, "code": "film_reserved", "retryable": False},
    ]
    body = json.dumps({"refused": refused}).encode()
    assert list(clients._left(diary, events, 207, body)) == [events[0]]
    assert diaries.accepted == 1
    assert diaries.surprises == ["refused as film_reserved, expected: accepted"]


def test_no_two_events_share_an_id_and_each_can_be_made_again() -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)
    diaries = [Diary(SEED, place) for place in range(50)]
    events = [diary.begin(moment) for diary in diaries for _ in range(200)]
    assert len({event.identity[2] for event in events}) == len(events)
    assert {event.identity[2].version for event in events} == {4}
    assert [diary.event(n) for diary in diaries for n in range(200)] == events
    assert events[0].reported.event_time == moment


def test_what_was_accepted_twice_counts_once() -> None:
    diaries = Diaries(SEED, 1)
    event = diaries.each[0].begin(datetime.now(UTC))
    diaries.accept(diaries.each[0], event)
    diaries.accept(diaries.each[0], event)
    assert diaries.accepted == 1
    assert diaries.each[0].states == bytearray([ACCEPTED])


def test_a_pace_keeps_its_rate_and_does_not_make_up_for_a_long_pause() -> None:
    now = [100.0]
    pace = Pace(10, clock=lambda: now[0])
    assert [round(pace.wait_s(1), 3) for _ in range(3)] == [0, 0.1, 0.2]
    now[0] = 200.0
    waits = [pace.wait_s(1) for _ in range(20)]
    assert waits.count(0.0) == 11
