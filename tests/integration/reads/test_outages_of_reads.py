"""Reads while the worker, ClickHouse or Kafka is away; each comes back by itself."""

import time
from collections.abc import AsyncIterator
from typing import cast
from uuid import uuid4

import pytest

from embedded.stack import Stack
from tests.integration.reads.reader import reader
from tests.stack import private_stack
from tests.waiting import until


@pytest.fixture(scope="module")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """One for all of this file: each test leaves it as it found it."""
    async with private_stack(tmp_path_factory.mktemp("reads")) as started:
        await started.start()
        yield started


async def test_until_the_worker_has_passed_an_event_it_is_accepted(stack: Stack) -> None:
    (worker,) = stack.etl
    async with reader(stack.settings) as viewer:
        await worker.kill()
        accepted = await viewer.report(uuid4())
        told = await viewer.status(accepted["event_id"], receipt=accepted["receipt"])
        assert told["status"] == "accepted"
        assert told["as_of"] is None or told["as_of"] <= accepted["event_time"]
        await worker.start()

        async def stored() -> bool:
            told = await viewer.status(accepted["event_id"], receipt=accepted["receipt"])
            assert told["status"] in ("accepted", "stored")
            return bool(told["status"] == "stored")

        await until(stored, within=15)


async def test_without_clickhouse_reads_are_503_and_writes_go_on(stack: Stack) -> None:
    (clickhouse,) = stack.clickhouse
    film = uuid4()
    async with reader(stack.settings, "analyst") as viewer:
        first = await viewer.report(film)
        await clickhouse.kill()
        for address in (
            f"/api/v1/progresses/films/{film}",
            "/api/v1/progresses",
            f"/api/v1/events/{first['event_id']}",
            "/api/v1/films/top",
            f"/api/v1/films/{film}/stats",
        ):
            started = time.monotonic()
            answer = await viewer.get(address)
            assert (answer.status_code, answer.json()["code"]) == (503, "clickhouse_away")
            assert answer.headers["Retry-After"] == "1"
            assert time.monotonic() - started < 3
            assert (await viewer.report(film))["receipt"]
        await clickhouse.start()
        await clickhouse.ready()

        async def read() -> bool:
            return (await viewer.position(film)).status_code == 200

        await until(read, within=15)


async def test_without_kafka_reads_go_on_and_say_that_as_of_is_unknown(stack: Stack) -> None:
    (broker,) = stack.kafka
    film = uuid4()
    async with reader(stack.settings, "analyst") as viewer:
        accepted = await viewer.report(film)
        event, receipt = accepted["event_id"], accepted["receipt"]

        async def stored() -> bool:
            return bool((await viewer.status(event))["status"] == "stored")

        await until(stored, within=15)
        await broker.kill()
        waits: list[float] = []

        async def answered() -> str | None:
            started = time.monotonic()
            answer = await viewer.position(film)
            waits.append(time.monotonic() - started)
            assert answer.status_code == 200
            return cast(str | None, answer.json()["as_of"])

        async def unknown() -> bool:
            return await answered() is None

        await until(unknown, within=2)
        assert max(waits) < 2
        waits.clear()
        assert {await answered() for _ in range(20)} == {None}
        assert max(waits) < 0.5  # nobody waits for Kafka any more
        assert (await viewer.status(event)) == {
            "event_id": event,
            "status": "stored",
            "as_of": None,
        }
        refused = await viewer.get(f"/api/v1/events/{event}", receipt=receipt)
        assert (refused.status_code, refused.json()["code"]) == (503, "kafka_away")
        await broker.start()
        await broker.ready()

        async def known() -> bool:
            return (await viewer.position(film)).json()["as_of"] is not None

        await until(known, within=15)
        assert (await viewer.status(event, receipt=receipt))["status"] == "stored"
