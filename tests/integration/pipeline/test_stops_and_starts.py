"""Processes that are told to stop, and a stack that is started again: nothing lost or repeated."""

from pathlib import Path

from tests.analyst import Analyst
from tests.players import Ledger, more_accepted, playing
from tests.stack import private_stack


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
