"""Only so many requests are answered at once: the rest is told so, without a wait."""

import asyncio
from collections.abc import Sequence

import pytest

from tests.unit.ugc_api.serving import ADDRESS, Api
from tests.waiting import until
from ugc_api.publishing.publisher import Receipt
from ugc_events import ViewProgress

MOST = 3


class Crowded(Api):
    """Kafka's acks come when the test says so."""

    def __init__(self) -> None:
        super().__init__(max_in_flight=MOST)
        self.acks = asyncio.Event()

        async def publish(
            event: ViewProgress, headers: Sequence[tuple[str, bytes]] = ()
        ) -> Receipt | None:
            self.publisher.events.append(event)
            await self.acks.wait()
            return Receipt(0, 1)

        self.publisher.publish = publish  # type: ignore[method-assign]
        self.waiting = [asyncio.create_task(self.post()) for _ in range(MOST)]

    async def crowd(self) -> None:
        await until(lambda: len(self.publisher.events) == MOST)


async def test_one_too_many_is_refused_at_once() -> None:
    api = Crowded()
    await api.crowd()
    answer = await api.post()
    assert answer.status_code == 503
    assert answer.json()["code"] == "overloaded"
    assert answer.headers["retry-after"] == "1"
    assert len(api.publisher.events) == MOST
    assert api.measured("ugc_events_refused_total", code="overloaded") == 1
    api.acks.set()
    assert [(await one).status_code for one in api.waiting] == [202] * MOST


async def test_there_is_room_again_when_one_was_answered() -> None:
    api = Crowded()
    await api.crowd()
    api.acks.set()
    await asyncio.gather(*api.waiting)
    assert (await api.post()).status_code == 202


async def test_who_cannot_be_let_in_is_not_asked_for_a_token() -> None:
    api = Crowded()
    await api.crowd()
    assert (await api.client.post(ADDRESS)).status_code == 503
    api.acks.set()
    await asyncio.gather(*api.waiting)


@pytest.mark.parametrize(("address", "status"), [("/healthz", 200), ("/readyz", 503)])
async def test_health_is_told_in_any_crowd(address: str, status: int) -> None:
    api = Crowded()
    await api.crowd()
    answer = await api.client.get(address)
    assert answer.status_code == status
    assert "overloaded" not in answer.text
    api.acks.set()
    await asyncio.gather(*api.waiting)


async def test_a_read_in_a_crowd_is_no_refused_event() -> None:
    api = Crowded()
    await api.crowd()
    answer = await api.client.get("/api/v1/films/top")
    assert answer.json()["code"] == "overloaded"
    assert api.measured("ugc_events_refused_total", code="overloaded") == 0
    api.acks.set()
    await asyncio.gather(*api.waiting)
