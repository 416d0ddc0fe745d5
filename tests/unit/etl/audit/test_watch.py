"""The rounds beside the worker: whatever happens in one, the next one comes."""

import asyncio

import httpx
import pytest
from aiokafka.errors import KafkaConnectionError

from etl.audit.watch import Watch, watching
from etl.exits import MissingTopic, WarehouseRefusal
from etl.metrics import Metrics
from etl.settings import Settings
from tests.unit.etl.audit.scripted import ScriptedRows
from tests.waiting import until


class FailingWatch(Watch):
    def __init__(self, settings: Settings, *errors: Exception) -> None:
        super().__init__(settings, ScriptedRows({}), Metrics(), lambda: [])
        self.errors = list(errors)
        self.rounds = 0

    async def round(self) -> None:
        self.rounds += 1
        if self.errors:
            raise self.errors.pop(0)


async def test_no_error_ends_the_rounds_and_none_is_told_with_its_text(
    caplog: pytest.LogCaptureFixture,
) -> None:
    errors = (
        KafkaConnectionError("no broker"),
        MissingTopic("gone"),
        WarehouseRefusal(497, "who asked"),
        httpx.ReadTimeout("late"),
        ZeroDivisionError("a mistake of ours"),
    )
    watch = FailingWatch(Settings(audit_every_s=0.001), *errors)
    async with watching(watch):
        await until(lambda: watch.rounds > len(errors))
    assert [record.levelname for record in caplog.records] == ["WARNING"] * 4 + ["ERROR"]
    assert vars(caplog.records[2])["code"] == 497
    assert "who asked" not in str([vars(record) for record in caplog.records])


async def test_rounds_end_with_the_worker() -> None:
    watch, before = FailingWatch(Settings(audit_every_s=0.001)), asyncio.all_tasks()
    async with watching(watch):
        await until(lambda: watch.rounds > 0)
    assert asyncio.all_tasks() == before


async def test_an_interval_of_0_means_never() -> None:
    watch = FailingWatch(Settings(audit_every_s=0))
    await asyncio.wait_for(watch.run(), timeout=1)
    assert watch.rounds == 0
