"""Three brokers, three copies of everything, two of which must have an event before its 202."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from aiokafka.errors import KafkaError

from tests.chaos.clients import Habits
from tests.chaos.cluster import Cluster
from tests.chaos.group import group
from tests.chaos.trial import Report, Trial, trial
from tests.waiting import until

# longer than the API waits for Kafka: it answers before they give up
PATIENT = Habits(patience_s=6.0)
Rounds = Callable[[int], int]


def on_three(
    name: str, seed: int, tmp_path: Path, report: Report
) -> AbstractAsyncContextManager[Trial]:
    return trial(
        name,
        seed,
        tmp_path,
        report,
        habits=PATIENT,
        UGC_BROKERS="3",
        KAFKA_PRODUCER_TIMEOUT_MS="2000",
    )


async def test_a_leader_killed_and_two_of_three_killed_lose_nothing(
    seed: int, tmp_path: Path, report: Report
) -> None:
    async with on_three("three brokers", seed, tmp_path, report) as t:
        await kill_the_leader(t)
        await kill_two(t)


@pytest.mark.chaos
@pytest.mark.timeout(600)
async def test_leaders_killed_lose_nothing(
    seed: int, tmp_path: Path, report: Report, rounds: Rounds
) -> None:
    async with on_three("leader killed", seed, tmp_path, report) as t:
        for _ in t.rounds(rounds(20)):
            await kill_the_leader(t)


@pytest.mark.chaos
@pytest.mark.timeout(300)
async def test_coordinators_killed_lose_nothing(
    seed: int, tmp_path: Path, report: Report, rounds: Rounds
) -> None:
    async with on_three("coordinator killed", seed, tmp_path, report) as t:
        for _ in t.rounds(rounds(5)):
            await kill_the_coordinator(t)


@pytest.mark.chaos
@pytest.mark.timeout(300)
async def test_two_of_three_killed_give_503_and_lose_nothing(
    seed: int, tmp_path: Path, report: Report, rounds: Rounds
) -> None:
    async with on_three("two of three killed", seed, tmp_path, report) as t:
        for _ in t.rounds(rounds(3)):
            await kill_two(t)


@pytest.mark.chaos
@pytest.mark.timeout(300)
async def test_a_rolling_restart_goes_unnoticed(seed: int, tmp_path: Path, report: Report) -> None:
    async with on_three("rolling restart", seed, tmp_path, report) as t:
        cluster = Cluster(t.settings)
        for broker in t.stack.kafka:
            await t.flows()
            answers = dict(t.ledger.answers)
            await broker.stop()
            assert broker.exit_code == 143, broker.death()  # the JVM's own way to end on SIGTERM
            t.fault("stopped", "broker", "rolling restart", f"exit code {broker.exit_code}")
            await t.flows()
            await t.revive(broker)
            await cluster.becomes_whole()
            grown = {s: n - answers.get(s, 0) for s, n in t.ledger.answers.items()}
            t.proven(f"answers meanwhile: {grown}")
            assert grown.get(503, 0) * 10 < grown[202]


async def kill_the_leader(t: Trial) -> None:
    """Of most partitions; at the end it is back and has all copies again."""
    cluster = Cluster(t.settings)
    broker, led = await cluster.leader()
    await t.kill(t.stack.kafka[broker], "leader", proof=f"it led {led} of 6 partitions")
    moved = await until(lambda: cluster.is_led_without(broker), within=30, every=0.1)
    await t.flows()
    t.proven(f"others led all of them {moved:.1f} s later")
    await come_back(t, broker)


async def kill_the_coordinator(t: Trial) -> None:
    """Of the workers' group; the worker finds the next one."""
    cluster = Cluster(t.settings)
    broker = await cluster.coordinator()
    await t.kill(t.stack.kafka[broker], "coordinator")
    moved = await until(lambda: cluster.is_coordinated_without(broker), within=30, every=0.1)

    async def goes_on() -> bool:
        try:
            async with group(t.settings) as views:
                await views.goes_on()
        except KafkaError:  # the new one still reads the group's offsets
            return False
        return True

    on = await until(goes_on, within=30, every=0.1)
    t.proven(f"another one {moved:.1f} s later, the worker commits to it {on:.1f} s after that")
    await come_back(t, broker)


async def kill_two(t: Trial) -> None:
    """Nothing is accepted by the one that is left; at the end all are back."""
    killed = t.rng.sample(range(3), 2)
    for number, broker in enumerate(killed, start=1):
        await t.kill(t.stack.kafka[broker], "broker", f"{number} of 2 at once")
    refused = t.ledger.answers.get(503, 0)
    # what was acknowledged before is answered by the time that the first is refused
    await until(lambda: t.ledger.answers.get(503, 0) > refused, within=20)
    accepted = len(t.ledger.accepted)
    await until(lambda: t.ledger.answers[503] >= refused + 16, within=30)
    meanwhile = len(t.ledger.accepted) - accepted
    assert meanwhile == 0
    t.proven(f"{t.ledger.answers[503] - refused} answers were 503, none was 202")
    for broker in killed:
        await t.stack.kafka[broker].start()
    await come_back(t)


async def come_back(t: Trial, broker: int | None = None) -> None:
    if broker is not None:
        await t.revive(t.stack.kafka[broker])
    for child in t.stack.kafka:
        await child.ready()
    await Cluster(t.settings).becomes_whole()
    await t.flows()
