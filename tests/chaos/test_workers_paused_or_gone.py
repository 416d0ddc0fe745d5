"""Workers paused past their session, who wake as zombies; one of three gone for good."""

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from embedded.child import Child
from tests.chaos.group import PARTITIONS
from tests.chaos.shares import shared
from tests.chaos.trial import Report, Trial, trial
from tests.chaos.windows import Windows, watched
from tests.waiting import until

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(600)]

SESSION_S = 6.0
ENVIRONMENT = {"KAFKA_SESSION_TIMEOUT_MS": "6000"}
HAND_OVER_S = 5.0  # beyond the session
EACH = {0: PARTITIONS // 2, 1: PARTITIONS // 2}

Rounds = Callable[[int], int]


async def test_a_worker_paused_past_its_session_does_no_harm(
    tmp_path: Path, report: Report, seed: int, rounds: Rounds
) -> None:
    async with watched("worker paused", seed, tmp_path, report, **ENVIRONMENT) as windows:
        t = windows.trial
        await two_workers(t)
        for _ in t.rounds(rounds(5)):
            await sleep(windows)


async def test_a_worker_that_wakes_amid_an_insert_stores_nothing_twice(
    tmp_path: Path, report: Report, seed: int, rounds: Rounds
) -> None:
    async with watched("worker paused amid an insert", seed, tmp_path, report, **ENVIRONMENT) as w:
        await two_workers(w.trial)
        for _ in w.trial.rounds(rounds(3)):
            await sleep_over_an_insert(w)


async def two_workers(t: Trial) -> None:
    await t.revive(t.worker(1))
    await shared(t.settings, EACH)


async def sleep(windows: Windows) -> None:
    t = windows.trial
    (worker,) = t.stack.etl
    await t.flows(50)
    worker.send(signal.SIGSTOP)
    took = await shared(t.settings, {1: PARTITIONS})
    await t.flows(50)
    t.fault("paused", "etl", "", f"after {took:.1f} s the other worker has all {PARTITIONS}")
    await wake(windows, worker)


async def sleep_over_an_insert(windows: Windows) -> None:
    """Its INSERT reaches ClickHouse when another worker has stored and passed the same events."""
    t = windows.trial
    (worker,) = t.stack.etl
    batch = await windows.insert()
    held = windows.holding
    worker.send(signal.SIGSTOP)
    took = await shared(t.settings, {1: PARTITIONS})

    async def passed_by_the_other() -> bool:
        return await windows.passed(batch) == len(batch)

    await until(passed_by_the_other, within=20, every=0.1)
    assert await windows.stored(batch) == len(batch)
    answer = windows.clickhouse.gate(lambda m: m.answers is not None and m.answers.data == data)
    data = (await held.holds()).data
    worker.send(signal.SIGCONT)
    held.release()
    assert (await answer.holds()).data.startswith(b"HTTP/1.1 200")
    answer.release()
    proof = f"other worker has all {PARTITIONS} after {took:.1f} s; then {len(batch)} rows again"
    t.fault("paused", "etl", "during insert", proof)
    await wake(windows, worker)


async def wake(windows: Windows, worker: Child) -> None:
    """It goes on as the same process, has its share again, and takes nothing back."""
    pid, before = worker.pid, await windows.group.passed()
    worker.send(signal.SIGCONT)
    await shared(windows.trial.settings, EACH)
    await windows.group.goes_on()
    after = await windows.group.passed()
    assert all(after[partition] >= offset for partition, offset in before.items())
    assert (worker.alive, worker.pid) == (True, pid), list(worker.tail)


async def test_of_three_workers_one_gone_for_good_is_replaced_in_time(
    tmp_path: Path, report: Report, seed: int, rounds: Rounds
) -> None:
    async with trial("one worker of three gone", seed, tmp_path, report, **ENVIRONMENT) as t:  # type: ignore[arg-type]  # settings, no options
        for worker in (t.worker(1), t.worker(2)):
            await t.revive(worker)
        await shared(t.settings, {0: 2, 1: 2, 2: 2})
        for _ in t.rounds(rounds(3)):
            gone = t.rng.choice((0, 1, 2))
            worker = (*t.stack.etl, *t.guests)[gone]
            await t.flows(50)
            began = t.now
            worker.kill_now()
            left = {n: PARTITIONS // 2 for n in range(3) if n != gone}
            await shared(t.settings, left, within=SESSION_S + HAND_OVER_S)
            await t.kill(worker, "etl", proof=f"handed over after {t.now - began:.1f} s")
            await t.flows(50)
            await t.revive(worker)
            await shared(t.settings, {0: 2, 1: 2, 2: 2})
