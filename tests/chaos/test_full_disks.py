"""A disk that is full: the store on it takes nothing, and nothing counts as taken.

The disk is a tmpfs under one store's folder, and somebody else's file fills it.
"""

import dataclasses
from functools import partial
from pathlib import Path

import pytest

from embedded.child import Child
from embedded.stack import Stack
from tests.chaos.clients import Habits
from tests.chaos.group import group
from tests.chaos.shares import metric
from tests.chaos.small_disk import MIB, SmallDisk
from tests.chaos.trial import Report, Trial, trial
from tests.waiting import until

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(180)]


async def test_clickhouse_without_room_is_waited_for(
    seed: int, tmp_path: Path, report: Report
) -> None:
    with SmallDisk(64) as disk:
        name = "ClickHouse's disk full"

        def arrange(stack: Stack) -> Stack:
            (clickhouse,) = stack.clickhouse
            moved = on_disk(clickhouse, disk, tmp_path / "clickhouse")
            return dataclasses.replace(stack, clickhouse=(moved,))

        async with trial(name, seed, tmp_path, report, arrange=arrange) as t:
            await t.flows(100)
            said = await nothing_is_passed(t, disk)
            t.fault("full", "clickhouse", "", said)
            await relieved(t, disk)
            # a little room: for an insert into `views`, but not for all that follows from it
            took, before = disk.fill(leave=2 * MIB), await retries(t)
            await until(partial(retried, t, before + 3), within=60, every=0.1)
            said = f"{took} bytes of ballast, 2 MiB left for a while, then code 243 and retries"
            t.fault("full", "clickhouse", "little by little", said)
            await relieved(t, disk)


async def test_kafka_without_room_gives_503(seed: int, tmp_path: Path, report: Report) -> None:
    with SmallDisk(64) as disk:
        name = "Kafka's disk full"
        patient = Habits(patience_s=6.0)  # the API answers before they give up

        def arrange(stack: Stack) -> Stack:
            (broker,) = stack.kafka
            moved = on_disk(broker, disk, tmp_path / "kafka-1")
            return dataclasses.replace(stack, kafka=(moved,))

        async with trial(
            name,
            seed,
            tmp_path,
            report,
            arrange=arrange,
            habits=patient,
            KAFKA_PRODUCER_TIMEOUT_MS="2000",
        ) as t:
            (broker,) = t.stack.kafka
            await t.flows(100)
            took = disk.fill()
            await until(lambda: not broker.alive, within=30)
            refused, accepted = t.ledger.answers.get(503, 0), len(t.ledger.accepted)
            await until(lambda: t.ledger.answers.get(503, 0) >= refused + 16, within=30)
            meanwhile = len(t.ledger.accepted) - accepted
            assert meanwhile == 0
            said = f"the broker ended with {broker.exit_code}, then 503 and no 202"
            t.fault("full", "kafka", "", f"{took} bytes of ballast, {said}")
            disk.relieve()
            await t.revive(broker)
            await t.flows(100)


def on_disk(store: Child, disk: SmallDisk, folder: Path) -> Child:
    """The same store, its folder on `disk` from when it is made."""

    async def prepare_both() -> None:
        await store.recipe.prepare()
        disk.under(folder)

    return Child(dataclasses.replace(store.recipe, prepare=prepare_both))


async def nothing_is_passed(t: Trial, disk: SmallDisk) -> str:
    """While the disk is full the worker repeats its insert, and the API goes on; what was seen."""
    (worker,) = t.stack.etl
    took, before = disk.fill(), await retries(t)
    async with group(t.settings) as views:
        await until(partial(retried, t, before + 2), within=30, every=0.1)
        passed = await views.passed()
        await t.flows(100)
        disk.fill()  # what was freed meanwhile
        await until(partial(retried, t, before + 5), within=30, every=0.1)
        assert await views.passed() == passed
    said = next(line for line in reversed(worker.tail) if "will try again" in line)
    assert "Code: 243" in said
    return f"{took} bytes of ballast, code 243, {await retries(t) - before} retries, none passed"


async def relieved(t: Trial, disk: SmallDisk) -> None:
    disk.relieve()
    async with group(t.settings) as views:
        await views.goes_on()


async def retried(t: Trial, times: int) -> bool:
    return await retries(t) >= times


async def retries(t: Trial) -> int:
    """How often the worker has repeated an insert."""
    return round(await metric(t.settings, 0, "ugc_etl_retries_total", stage="insert"))
