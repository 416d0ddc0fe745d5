"""The API, ClickHouse and the broker killed while they are at work."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.chaos.kills import Moment, kill_api, kill_broker, kill_clickhouse
from tests.chaos.proxy.messages import Kafka
from tests.chaos.proxy.proxy import Proxy
from tests.chaos.trial import Report, trial
from tests.chaos.windows import watched
from tests.chaos.wiring import behind

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(600)]

MOMENTS: tuple[Moment, ...] = (
    "during insert",
    "rows stored, not answered",
    "during insert",
    "whatever it does",
)

Rounds = Callable[[int], int]


async def test_a_killed_api_loses_nothing_that_it_answered(
    tmp_path: Path, report: Report, seed: int, rounds: Rounds
) -> None:
    async with (
        Proxy(Kafka) as kafka,
        trial(
            "api killed",
            seed,
            tmp_path,
            report,
            arrange=lambda stack: behind(stack, kafka=kafka, user="api"),
        ) as t,
    ):
        for number in t.rounds(rounds(20)):
            await kill_api(t, kafka if number % 2 else None)
        assert t.ledger.cut_off, "no request was on its way in any round"


async def test_a_killed_clickhouse_loses_nothing_also_amid_an_insert(
    tmp_path: Path, report: Report, seed: int, rounds: Rounds
) -> None:
    async with watched("clickhouse killed", seed, tmp_path, report) as windows:
        for number in windows.trial.rounds(rounds(20)):
            await kill_clickhouse(windows, MOMENTS[number % len(MOMENTS)])


async def test_a_killed_broker_loses_nothing_that_it_acknowledged(
    tmp_path: Path, report: Report, seed: int, rounds: Rounds
) -> None:
    async with trial(
        "broker killed", seed, tmp_path, report, KAFKA_PRODUCER_TIMEOUT_MS="1000"
    ) as t:
        for _ in t.rounds(rounds(5)):
            await kill_broker(t)
