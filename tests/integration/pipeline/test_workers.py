"""Workers that come, go and die, alone and beside each other: nothing is lost on the way."""

import dataclasses
import signal
import time
from collections.abc import Callable, Coroutine
from pathlib import Path

import httpx

from embedded import children
from embedded.child import Child
from embedded.stack import Stack, start_and_wait
from tests.analyst import Analyst
from tests.players import Ledger, more_accepted, playing
from tests.stack import private_stack
from tests.waiting import until


async def test_a_hand_over_longer_than_the_poll_interval_costs_no_membership(
    tmp_path: Path,
) -> None:
    """A worker that waits for its partitions does not poll, and must not count as idle."""
    ledger = Ledger()
    async with private_stack(
        tmp_path, UGC_RATE_PER_USER="0", KAFKA_MAX_POLL_INTERVAL_MS="3000"
    ) as stack:
        await stack.start()
        (clickhouse,), (first,) = stack.clickhouse, stack.etl
        second = children.etl(stack.settings, 1)
        try:
            async with playing(stack.settings, ledger):
                await more_accepted(ledger, 200)  # committed: the group is not new
                await clickhouse.kill()
                await second.start()  # the first hands over, and cannot store for 20 s
                await second.ready()
                await clickhouse.start()
                await clickhouse.ready()
                await until(lambda: holds(stack, 0, 3), within=30)
                await until(lambda: holds(stack, 1, 3), within=30)
            await Analyst(stack.settings).assert_agrees(ledger)
            assert first.alive
        finally:
            await second.kill()


async def holds(stack: Stack, n: int, partitions: int) -> bool:
    """Whether worker `n` has so many partitions."""
    port = stack.settings.etl_metrics_port(n)
    async with httpx.AsyncClient() as http:
        text = (await http.get(f"http://127.0.0.1:{port}/metrics")).text
    return f"ugc_etl_partitions {partitions}.0" in text


async def test_a_worker_killed_while_clickhouse_stands_still_has_passed_nothing(
    tmp_path: Path,
) -> None:
    """Longer than any automatic commit would wait: only what is stored may be passed."""
    ledger = Ledger()
    async with private_stack(tmp_path, UGC_RATE_PER_USER="0", CH_INSERT_TIMEOUT_MS="1000") as stack:
        await stack.start()
        (clickhouse,), (worker,) = stack.clickhouse, stack.etl
        async with playing(stack.settings, ledger):
            await more_accepted(ledger, 50)
            clickhouse.send(signal.SIGSTOP)
            stopped_at = time.monotonic()
            while time.monotonic() - stopped_at < 7:
                await more_accepted(ledger, 50)
            await worker.kill()
            await worker.start()
            await worker.ready()
            clickhouse.send(signal.SIGCONT)
        await Analyst(stack.settings).assert_agrees(ledger)


async def test_workers_that_come_and_go_lose_nothing_on_the_way(tmp_path: Path) -> None:
    """Without fixed ids each coming and going is a rebalance, amid fetches of the other."""
    ledger = Ledger()
    async with private_stack(tmp_path, UGC_RATE_PER_USER="0") as stack:
        await stack.start(all_but(*stack.etl))  # whose place would be kept for them
        one, other = (nameless(children.etl(stack.settings, n)) for n in (0, 1))
        try:
            await one.start()
            await one.ready()
            async with playing(stack.settings, ledger):
                for _ in range(4):
                    await other.start()
                    await other.ready()
                    await more_accepted(ledger, 20)
                    await other.stop()
            await Analyst(stack.settings).assert_agrees(ledger)
        finally:
            await one.kill()
            await other.kill()


def all_but(*missing: Child) -> Callable[[Child], Coroutine[None, None, None]]:
    async def bring_up(child: Child) -> None:
        if child not in missing:
            await start_and_wait(child)

    return bring_up


def nameless(worker: Child) -> Child:
    """The same worker as a dynamic member of its group."""
    environment = {**worker.recipe.environment, "KAFKA_GROUP_INSTANCE_ID": ""}
    return Child(dataclasses.replace(worker.recipe, environment=environment))


async def test_a_second_worker_takes_its_share_and_nothing_is_lost(tmp_path: Path) -> None:
    ledger = Ledger()
    async with private_stack(tmp_path, UGC_RATE_PER_USER="0") as stack:
        await stack.start()
        second = children.etl(stack.settings, 1)
        try:
            async with playing(stack.settings, ledger):
                await more_accepted(ledger, 50)
                await second.start()
                await second.ready()
                await more_accepted(ledger, 300)
                assert await holds(stack, 0, 3)
                assert await holds(stack, 1, 3)
            await Analyst(stack.settings).assert_agrees(ledger)
        finally:
            await second.kill()
