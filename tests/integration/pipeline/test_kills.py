"""Every process killed, several times each, while players report: nothing lost, nothing twice."""

import asyncio
import random
from pathlib import Path

import pytest

from embedded.child import Child
from tests.analyst import Analyst
from tests.players import Ledger, more_accepted, playing
from tests.stack import private_stack

ROUNDS = 3


async def test_kills_lose_nothing_and_count_nothing_twice(tmp_path: Path) -> None:
    rng, ledger = random.Random(7), Ledger()  # noqa: S311  # a replayable order of kills
    async with private_stack(tmp_path, UGC_RATE_PER_USER="0") as stack:
        await stack.start()
        victims: list[Child] = [*stack.api, *stack.etl, *stack.clickhouse, *stack.kafka] * ROUNDS
        rng.shuffle(victims)
        async with playing(stack.settings, ledger):
            for victim in victims:
                await asyncio.sleep(rng.uniform(0.1, 0.6))  # events are in every stage by then
                await victim.kill()
                assert victim.exit_code == -9
                await victim.start()
                await victim.ready()
                await more_accepted(ledger, 20)  # the next kill comes when events flow again
        await Analyst(stack.settings).assert_agrees(ledger)


async def test_the_comparison_notices_a_lost_row(tmp_path: Path) -> None:
    """What the test above relies on can fail."""
    ledger = Ledger()
    async with private_stack(tmp_path, UGC_RATE_PER_USER="0") as stack:
        await stack.start()
        async with playing(stack.settings, ledger):
            await more_accepted(ledger, 50)
        analyst = Analyst(stack.settings)
        await analyst.assert_agrees(ledger)
        _, _, event_id = next(iter(ledger.accepted))
        await analyst.erase(event_id)
        with pytest.raises(AssertionError):
            await analyst.assert_agrees(ledger, within=1)


async def test_sigterm_to_api_and_worker_loses_nothing(tmp_path: Path) -> None:
    ledger = Ledger()
    async with private_stack(tmp_path, UGC_RATE_PER_USER="0") as stack:
        await stack.start()
        async with playing(stack.settings, ledger):
            for child in (*stack.etl, *stack.api) * 2:
                await more_accepted(ledger, 50)
                await child.stop()
                assert child.exit_code == 0, list(child.tail)
                await child.start()
                await child.ready()
        await Analyst(stack.settings).assert_agrees(ledger)


async def test_a_second_start_finds_the_data_again(tmp_path: Path) -> None:
    ledger = Ledger()
    async with private_stack(tmp_path, UGC_RATE_PER_USER="0") as stack:
        for seed in (1, 2):
            await stack.start()
            async with playing(stack.settings, ledger, seed):
                await more_accepted(ledger, 50)
            await Analyst(stack.settings).assert_agrees(ledger)
            await stack.stop()
