"""What the client was answered ends in the ledger."""

import time
from collections.abc import AsyncIterator

import pytest

from embedded.ports import free_block
from simulator.devices import Device, Kind
from simulator.ledger import Ledger
from simulator.player import Player, entry
from simulator.viewer import Heartbeat
from tests.unit.clients.scripted import Answer, Server, serving

PHONE = Device(Kind.PHONE, 12.0)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with serving(time.time) as server:
        yield server


async def test_what_is_accepted_is_in_the_ledger_under_the_id_that_was_sent(
    server: Server, heartbeats: list[Heartbeat]
) -> None:
    ledger = Ledger()
    player = Player(server.url, "a token", PHONE, ledger)
    ids = [player.report(beat) for beat in heartbeats[:5]]
    await player.finish(within_s=5)
    sent = [event for events in server.posted for event in events]
    assert [event["event_id"] for event in sent] == [str(event_id) for event_id in ids]
    assert [event["progress"] for event in sent] == [beat.progress for beat in heartbeats[:5]]
    assert ledger.accepted == dict(entry(*each) for each in zip(heartbeats, ids, strict=False))
    assert (player.accepted, player.decided, player.retried) == (5, 5, 0)


async def test_a_valid_report_that_is_refused_is_a_surprise(
    server: Server, heartbeats: list[Heartbeat]
) -> None:
    ledger = Ledger()
    server.will_answer(Answer(422, {"code": "unknown_field"}))
    player = Player(server.url, "a token", PHONE, ledger)
    player.report(heartbeats[0])
    await player.finish(within_s=5)
    assert ledger.surprises == ["refused as unknown_field, expected: accepted"]
    assert not ledger.accepted


async def test_what_had_to_be_sent_twice_is_counted_as_retried(
    server: Server, heartbeats: list[Heartbeat]
) -> None:
    ledger = Ledger()
    server.will_answer(Answer(503, {"code": "not_acknowledged"}))
    player = Player(server.url, "a token", PHONE, ledger)
    player.report(heartbeats[0])
    await player.finish(within_s=5)
    assert len(ledger.accepted) == player.retried == 1


async def test_what_nobody_answered_may_be_stored_or_not(heartbeats: list[Heartbeat]) -> None:
    ledger = Ledger()
    with free_block() as ports:
        player = Player(f"http://127.0.0.1:{ports[0]}", "a token", PHONE, ledger)
        event_id = player.report(heartbeats[0])
        await player.finish(within_s=0.1)
    assert dict([entry(heartbeats[0], event_id)]) == ledger.unanswered
    assert not ledger.accepted
