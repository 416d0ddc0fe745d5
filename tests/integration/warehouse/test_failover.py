"""The node that the worker inserts through dies, hangs or is not to be reached: the worker goes on
through the other one by itself, and that one has every accepted event once."""

import dataclasses
import shutil
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

import httpx
import pytest

from embedded import children
from embedded.child import Child
from embedded.credentials import Credentials
from embedded.settings import Settings
from embedded.stack import Stack
from tests.analyst import Analyst
from tests.players import Ledger, more_accepted, playing
from tests.stack import place, private_stack
from tests.waiting import until


@dataclass
class Two:
    """A stack, whose ClickHouse is the second node, and a first node; same passwords."""

    stack: Stack
    first: Settings
    first_node: Child

    @asynccontextmanager
    async def worker(self, first_url: str, **more: str) -> AsyncIterator[Child]:
        """Started; it finds a backlog at once if there is one."""
        (worker,) = self.stack.etl
        urls = f"{first_url},{self.stack.settings.clickhouse_url}"
        environment = {**worker.recipe.environment, "CH_URL": urls, **more}
        worker = Child(dataclasses.replace(worker.recipe, environment=environment))
        try:
            await worker.start()
            await worker.ready()
            yield worker
        finally:
            await worker.stop()

    async def retries(self) -> float:
        """Of inserts, as the worker counts them."""
        url = f"http://127.0.0.1:{self.stack.settings.etl_metrics_port(0)}/metrics"
        async with httpx.AsyncClient() as http:
            text = (await http.get(url)).text
        (line,) = [
            n for n in text.splitlines() if n.startswith('ugc_etl_retries_total{stage="insert"')
        ]
        return float(line.split()[-1])


@pytest.fixture(scope="module")
async def two(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Two]:
    folder = tmp_path_factory.mktemp("two")
    async with private_stack(folder / "stack", UGC_RATE_PER_USER="0") as stack:
        with place(folder / "first") as first:
            Credentials.load_or_make(stack.settings.data_dir)
            first.data_dir.mkdir()
            shutil.copy(stack.settings.data_dir / "credentials.json", first.data_dir)
            node = children.clickhouse(first)
            try:
                for child in (
                    *(node, *stack.kafka, *stack.clickhouse),
                    *(children.migrate(first), *stack.steps, *stack.api),
                ):
                    await child.start()
                    await child.ready()
                yield Two(stack, first, node)
            finally:
                await node.kill()


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    """All that was accepted by this file's stack: the first node never has any of it alone."""
    return Ledger()


@contextmanager
def unreachable() -> Iterator[str]:
    """The URL of a host that drops what it is sent: the queue of a listener is full."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        waiting = [socket.socket() for _ in range(2)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(server.getsockname())
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}"
        finally:
            for one in waiting:
                one.close()


async def all_are_in_the_second(two: Two, ledger: Ledger, worker: Child, within: float) -> None:
    """While players report; the worker is still the same, and says that it had to try again."""
    pid = worker.pid
    async with playing(two.stack.settings, ledger, seed=len(ledger.accepted) + 1):
        await more_accepted(ledger, 100)
        newest = list(ledger.accepted)[-1][2]
        await until(lambda: Analyst(two.stack.settings).stored(newest), within=within)
    await Analyst(two.stack.settings).assert_agrees(ledger)
    assert worker.pid == pid
    assert await two.retries() >= 1


async def test_killed_in_the_middle_of_an_insert(two: Two, ledger: Ledger) -> None:
    first = Analyst(two.first)
    await first.rows(
        "CREATE MATERIALIZED VIEW movies.slow ENGINE = Null "
        "AS SELECT sleep(3) AS s FROM movies.views_local"
    )

    async def inserting() -> bool:
        running = "SELECT count() FROM system.processes WHERE query_kind = 'Insert'"
        return await first.value(running) == "1"

    async with two.worker(two.first.clickhouse_url) as worker:
        async with playing(two.stack.settings, ledger):
            await until(inserting)
            await two.first_node.kill()
        await all_are_in_the_second(two, ledger, worker, within=5)


async def test_it_hangs(two: Two, ledger: Ledger) -> None:
    """Bounded by CH_INSERT_TIMEOUT_MS: until then it may only be slow."""
    await two.first_node.start()
    await two.first_node.ready()
    two.first_node.send(signal.SIGSTOP)
    async with two.worker(two.first.clickhouse_url, CH_INSERT_TIMEOUT_MS="3000") as worker:
        await all_are_in_the_second(two, ledger, worker, within=8)
        # What it was sent it may still store, at its leisure: that is only stored twice.
        two.first_node.send(signal.SIGCONT)
        await two.first_node.ready()
        await Analyst(two.stack.settings).assert_agrees(ledger)


async def test_it_is_not_to_be_reached(two: Two, ledger: Ledger) -> None:
    """Connecting has seconds, however long an insert may take."""
    with unreachable() as url:
        async with two.worker(url) as worker:
            await all_are_in_the_second(two, ledger, worker, within=8)
