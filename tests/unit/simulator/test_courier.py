"""Requests made by hand end in the ledger as they were answered."""

from uuid import uuid4

import pytest

from simulator.courier import Courier
from simulator.ledger import Ledger
from simulator.mistakes import MISTAKES, Mistake
from simulator.network import Mixed, Wrong
from simulator.player import entry
from simulator.viewer import Heartbeat
from tests.unit.simulator.conftest import token_of
from tests.unit.ugc_api.serving import Api
from ugc_api.publishing.publisher import NotAcknowledged

TOO_FAR = MISTAKES[0]
HARMLESS = Mistake("none at all", "unknown_field")


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
def courier(api: Api, ledger: Ledger) -> Courier:
    return Courier(api.client, token_of, ledger, give_up_s=0.0)


async def test_a_repetition_is_accepted_as_the_same_event(
    courier: Courier, ledger: Ledger, heartbeats: list[Heartbeat]
) -> None:
    event_id = uuid4()
    for _ in range(2):
        await courier.again(heartbeats[0], event_id)
    identity, reported = entry(heartbeats[0], event_id)
    assert ledger.accepted == {identity: reported}
    assert courier.decided == courier.accepted == 2


async def test_a_mistake_is_refused_as_expected(
    courier: Courier, ledger: Ledger, heartbeats: list[Heartbeat]
) -> None:
    await courier.wrong(Wrong(heartbeats[0], uuid4(), TOO_FAR))
    assert ledger.refused == {"progress_beyond_total": 1}
    assert not ledger.surprises
    assert not ledger.accepted


async def test_a_mistake_that_is_accepted_is_a_surprise(
    courier: Courier, ledger: Ledger, heartbeats: list[Heartbeat]
) -> None:
    await courier.wrong(Wrong(heartbeats[0], uuid4(), HARMLESS))
    assert ledger.surprises == ["accepted, expected: refused as unknown_field"]


async def test_a_mistake_refused_for_another_reason_is_a_surprise(
    courier: Courier, ledger: Ledger, heartbeats: list[Heartbeat]
) -> None:
    mistake = Mistake("two of them", "unknown_field", TOO_FAR.change)
    await courier.wrong(Wrong(heartbeats[0], uuid4(), mistake))
    assert ledger.surprises == ["refused as progress_beyond_total, expected: unknown_field"]


async def test_of_a_batch_each_line_has_its_own_answer(
    courier: Courier, ledger: Ledger, heartbeats: list[Heartbeat]
) -> None:
    ids = [uuid4() for _ in range(3)]
    lines = [(beat, i, None) for beat, i in zip(heartbeats, ids, strict=False)]
    await courier.mixed(Mixed([*lines[:2], (heartbeats[1], uuid4(), TOO_FAR), lines[2]]))
    assert {event_id for _, _, event_id in ledger.accepted} == set(ids)
    assert ledger.refused == {"progress_beyond_total": 1}
    assert not ledger.surprises
    assert courier.decided == 4


async def test_a_batch_of_nothing_but_mistakes_is_refused_line_by_line(
    courier: Courier, ledger: Ledger, heartbeats: list[Heartbeat]
) -> None:
    whole = [mistake for mistake in MISTAKES if mistake.code != "invalid_json"]
    await courier.mixed(Mixed([(heartbeats[0], uuid4(), mistake) for mistake in whole]))
    assert ledger.refused.total() == len(whole)
    assert not ledger.surprises


async def test_what_is_never_acknowledged_may_be_stored_or_not(
    api: Api, courier: Courier, ledger: Ledger, heartbeats: list[Heartbeat]
) -> None:
    api.publisher.failure = NotAcknowledged("deadline")
    event_id = uuid4()
    await courier.again(heartbeats[0], event_id)
    identity, reported = entry(heartbeats[0], event_id)
    assert ledger.unanswered == {identity: reported}
    assert not ledger.accepted
    api.publisher.failure = None
    await courier.again(heartbeats[0], event_id)
    assert not ledger.unanswered
    assert ledger.accepted == {identity: reported}


async def test_without_an_acknowledgement_the_same_is_sent_again(
    api: Api, ledger: Ledger, heartbeats: list[Heartbeat]
) -> None:
    courier = Courier(api.client, token_of, ledger)
    ids = [uuid4(), uuid4()]
    api.publisher.unknown = {ids[1]}
    publish_all = api.publisher.publish_all

    async def and_then_it_works(*given: object) -> list[NotAcknowledged | None]:
        answers = await publish_all(*given)  # type: ignore[arg-type]
        api.publisher.unknown = set()
        return answers

    api.publisher.publish_all = and_then_it_works  # type: ignore[method-assign, assignment]
    await courier.mixed(Mixed([(heartbeats[0], ids[0], None), (heartbeats[1], ids[1], None)]))
    assert [event.event_id for event in api.publisher.events] == ids * 2
    assert {event_id for _, _, event_id in ledger.accepted} == set(ids)
    assert courier.retried == 1
