"""Kafka away, ClickHouse away, and both coming back by themselves."""

import time
from datetime import datetime
from pathlib import Path
from uuid import UUID, uuid4

import httpx
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from embedded import token
from embedded.stack import Stack
from tests.analyst import Analyst
from tests.players import Ledger, Players, Reported, more_accepted, playing
from tests.stack import private_stack
from tests.waiting import until

MIB = 1024 * 1024


def resident(pid: int | None) -> int:
    """Bytes of memory the process holds."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * 4096


async def get(url: str) -> httpx.Response:
    async with httpx.AsyncClient() as http:
        return await http.get(url)


class Player:
    """One viewer who reports one position of one film."""

    def __init__(self, stack: Stack) -> None:
        self.settings = stack.settings
        self.user, self.film = uuid4(), uuid4()

    async def post(self, **identity: object) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token.mint(self.settings, self.user)}"}
        async with httpx.AsyncClient(headers=headers, timeout=10) as http:
            return await http.post(
                f"{self.settings.api_url}/api/v1/progresses/films/{self.film}",
                json={"progress": 1, "total": 2, **identity},
            )


async def test_without_kafka_the_answer_is_503_in_time_with_what_to_repeat(tmp_path: Path) -> None:
    ledger = Ledger()
    async with private_stack(tmp_path, UGC_RATE_PER_USER="0") as stack:
        await stack.start()
        (broker,), (api,), player = stack.kafka, stack.api, Player(stack)
        async with playing(stack.settings, ledger):
            await more_accepted(ledger, 50)
            await broker.kill()
            started = time.monotonic()
            answer = await player.post()
            assert time.monotonic() - started < 5
            problem = answer.json()
            assert (answer.status_code, problem["code"]) == (503, "not_acknowledged")
            assert answer.headers["Retry-After"] == "1"
            ready = await get(f"{stack.settings.api_url}/readyz")
            assert (ready.status_code, ready.json()["missing"]) == (503, ["kafka"])
            before = resident(api.pid)
            # Every player knocks for two deadlines.
            knocks = ledger.answers.get(503, 0) + 2 * Players.clients
            await until(lambda: ledger.answers.get(503, 0) >= knocks, within=30)
            assert resident(api.pid) - before < 20 * MIB

            await broker.start()
            await broker.ready()
            await more_accepted(ledger, 50, within=10)
            known = {name: problem[name] for name in ("event_id", "event_time")}
            again = await player.post(**known)
            assert again.status_code == 202
            assert known.items() <= again.json().items()
        assert ledger.slowest_s < 5
        identity = (player.user, player.film, UUID(known["event_id"]))
        ledger.accepted[identity] = Reported(1, 2, datetime.fromisoformat(known["event_time"]))
        await Analyst(stack.settings).assert_agrees(ledger)


async def test_a_producer_that_broke_is_replaced(tmp_path: Path) -> None:
    """A refused batch leaves a gap in the producer's sequence that none of its retries heals."""
    async with private_stack(tmp_path) as stack:
        await stack.start()
        player = Player(stack)
        assert (await player.post()).status_code == 202
        metrics = f"http://127.0.0.1:{stack.settings.api_metrics_port(0)}/metrics"
        await limit_records(stack, size=10)
        assert (await player.post()).status_code == 503
        await limit_records(stack, size=1_048_588)

        async def accepted() -> bool:
            return (await player.post()).status_code == 202

        await until(accepted, within=10)
        assert "ugc_kafka_producers_replaced_total 1.0" in (await get(metrics)).text


async def limit_records(stack: Stack, size: int) -> None:
    """The largest record batch that the topic takes, bytes."""
    admin = AIOKafkaAdminClient(bootstrap_servers=stack.settings.kafka_bootstrap)
    await admin.start()
    try:
        topic = ConfigResource(
            ConfigResourceType.TOPIC, "views", configs={"max.message.bytes": str(size)}
        )
        await admin.alter_configs([topic])
    finally:
        await admin.close()


async def test_the_worker_outlasts_clickhouse_by_itself(tmp_path: Path) -> None:
    ledger, poll_interval_s = Ledger(), 3
    async with private_stack(
        tmp_path,
        UGC_RATE_PER_USER="0",
        KAFKA_MAX_POLL_INTERVAL_MS=str(poll_interval_s * 1000),
    ) as stack:
        await stack.start()
        (clickhouse,), (worker,) = stack.clickhouse, stack.etl
        metrics = f"http://127.0.0.1:{stack.settings.etl_metrics_port(0)}/metrics"
        async with playing(stack.settings, ledger):
            await more_accepted(ledger, 50)
            await clickhouse.kill()
            pid, killed_at = worker.pid, time.monotonic()
            while time.monotonic() - killed_at < 3 * poll_interval_s:
                await more_accepted(ledger, 50)  # events are accepted all the while
            text = (await get(metrics)).text
            assert "ugc_etl_paused 1.0" in text
            assert "ugc_etl_partitions 6.0" in text
            await clickhouse.start()
            await clickhouse.ready()
        await Analyst(stack.settings).assert_agrees(ledger)
        assert worker.pid == pid
        assert "ugc_etl_paused 0.0" in (await get(metrics)).text


async def test_api_and_worker_start_without_kafka_and_serve_when_it_comes(tmp_path: Path) -> None:
    async with private_stack(tmp_path) as stack:
        (api,), (broker,), player = stack.api, stack.kafka, Player(stack)
        (worker,), (clickhouse,) = stack.etl, stack.clickhouse
        await api.start()
        await worker.start()

        async def refuses() -> bool:
            try:
                return (await player.post()).status_code == 503
            except httpx.ConnectError:
                return False

        await until(refuses)
        await broker.start()
        await broker.ready()
        await clickhouse.start()
        await clickhouse.ready()
        ready = await get(f"{stack.settings.api_url}/readyz")
        assert ready.json()["missing"] in (["kafka"], ["topic views"])
        # The worker does not wait for a topic that nobody may ever make.
        assert await worker.wait() == 1
        assert any("run `python -m etl topics`" in line for line in worker.tail)
        for step in stack.steps:
            await step.start()
            await step.ready()
        await worker.start()
        await worker.ready()
        await api.ready(within=15)
        accepted = await player.post()
        assert accepted.status_code == 202
        await until(lambda: Analyst(stack.settings).stored(accepted.json()["event_id"]))


async def test_a_request_waits_for_the_connection_within_its_deadline(tmp_path: Path) -> None:
    """A player who meets an API that is just starting is not sent away."""
    async with private_stack(tmp_path) as stack:
        await stack.start()
        (api,), player = stack.api, Player(stack)
        await api.kill()
        await api.start()
        answers: list[int] = []

        async def answered() -> bool:
            try:
                answers.append((await player.post()).status_code)
            except httpx.ConnectError:
                return False
            return True

        await until(answered, every=0.001)
        assert answers == [202]
