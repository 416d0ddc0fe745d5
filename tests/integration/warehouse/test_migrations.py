"""Migrations that break off, that meet, and that not every host of a cluster takes."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from client_gaps import http_client
from embedded.child import run
from etl.cluster import Cluster, HostsFailed
from etl.exits import WarehouseAway
from etl.migrations import migrate, migrations
from etl.rebuild import rebuild
from etl.settings import Settings
from etl.sql import Sql
from tests.integration.embedded_clickhouse.server_process import ServerProcess
from tests.integration.warehouse.breaking import Breaking, BrokenOff
from tests.integration.warehouse.two_hosts import HOSTS, NAME, TwoHosts, served
from tests.waiting import until

NAMES = [one.name for one in migrations()]
STATEMENTS = sum(len(one.statements(None)) for one in migrations())
TELLS = STATEMENTS + len(NAMES)
ON_CLUSTER = sum("ON CLUSTER" in text for one in migrations() for text in one.statements(NAME))


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ServerProcess, ...]]:
    with (
        ServerProcess(tmp_path_factory.mktemp("one")) as one,
        ServerProcess(tmp_path_factory.mktemp("two")) as two,
    ):
        one.wait_until_ready()
        two.wait_until_ready()
        yield one, two


@pytest.fixture
def engine(engines: tuple[ServerProcess, ...]) -> ServerProcess:
    """Without tables."""
    for one in engines:
        one.ask("DROP DATABASE IF EXISTS movies SYNC")
    return engines[0]


@pytest.fixture
async def one_node(engine: ServerProcess) -> AsyncIterator[Sql]:
    async with http_client(30) as http:
        yield Sql(http, Settings(clickhouse_url=engine.url))


@pytest.fixture
async def cluster(
    engine: ServerProcess, engines: tuple[ServerProcess, ...]
) -> AsyncIterator[TwoHosts]:
    cluster = TwoHosts((engines[0].url, engines[1].url))
    async with served(cluster) as cluster.url:
        yield cluster


@pytest.fixture
async def all_nodes(cluster: TwoHosts) -> AsyncIterator[Sql]:
    async with http_client(30) as http:
        yield Sql(http, Settings(clickhouse_url=cluster.url))


def tables(engine: ServerProcess) -> str:
    return engine.ask(
        "SELECT name, create_table_query FROM system.tables "
        "WHERE database = 'movies' AND NOT startsWith(name, '.') ORDER BY name"
    )


def recorded(engine: ServerProcess) -> list[str]:
    return engine.ask("SELECT name FROM movies.migrations FINAL ORDER BY name").split()


async def test_a_run_that_broke_off_anywhere_is_run_again(
    engine: ServerProcess, one_node: Sql
) -> None:
    await migrate(one_node, None)
    whole = tables(engine)
    for after in range(TELLS):
        engine.ask("DROP DATABASE movies SYNC")
        with pytest.raises(BrokenOff):
            await migrate(Breaking(one_node, after), None)
        await migrate(one_node, None)
        assert tables(engine) == whole, after
        assert recorded(engine) == NAMES


async def test_several_at_once_do_no_more_than_one(engine: ServerProcess, one_node: Sql) -> None:
    await migrate(one_node, None)
    whole = tables(engine)
    for _ in range(3):
        engine.ask("DROP DATABASE movies SYNC")
        done = await asyncio.gather(*(migrate(one_node, None) for _ in range(4)))
        assert sorted({name for names in done for name in names}) == NAMES
        assert tables(engine) == whole
        assert recorded(engine) == NAMES


async def test_every_host_has_every_table(
    cluster: TwoHosts, all_nodes: Sql, engines: tuple[ServerProcess, ...]
) -> None:
    assert await migrate(all_nodes, NAME) == NAMES
    assert tables(engines[0]) == tables(engines[1])
    assert len(cluster.everywhere) == ON_CLUSTER
    for _, settings in cluster.everywhere:
        assert settings["distributed_ddl_task_timeout"] == "120"
        assert settings["distributed_ddl_output_mode"] == "never_throw"
    assert await migrate(all_nodes, NAME) == []


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (lambda cluster: cluster.failing.update({"ch-2": "Code: 243. Full"}), "Code: 243. Full"),
        (lambda cluster: cluster.late.add("ch-2"), "not finished within 120 s"),
        (lambda cluster: cluster.unheard.add("ch-2"), "not among the hosts that answered"),
    ],
    ids=["error", "late", "missing"],
)
async def test_a_host_that_did_not_do_it_is_named_and_nothing_is_recorded(
    cluster: TwoHosts,
    all_nodes: Sql,
    engine: ServerProcess,
    trouble: Callable[[TwoHosts], None],
    said: str,
) -> None:
    await migrate(all_nodes, NAME)
    engine.ask("TRUNCATE TABLE movies.migrations")
    trouble(cluster)
    with pytest.raises(HostsFailed) as failed:
        await migrate(all_nodes, NAME)
    _, *hosts = str(failed.value).splitlines()
    assert hosts == [f"ch-2:9000: {said}"]
    assert recorded(engine) == []


async def test_the_servers_own_time_out_is_a_failure_too(cluster: TwoHosts, all_nodes: Sql) -> None:
    cluster.timed_out = True
    with pytest.raises(WarehouseAway, match="not finished on 1 of 2"):
        await migrate(all_nodes, NAME)


async def test_a_cluster_that_nobody_knows_is_named(cluster: TwoHosts, all_nodes: Sql) -> None:
    with pytest.raises(HostsFailed, match="there is no cluster other"):
        await Cluster(all_nodes, "other").hosts()


async def test_a_run_that_one_host_broke_off_is_run_again(
    cluster: TwoHosts, all_nodes: Sql, engines: tuple[ServerProcess, ...]
) -> None:
    await migrate(all_nodes, NAME)
    whole = tables(engines[0])
    for after in range(1, STATEMENTS, 4):
        for one in engines:
            one.ask("DROP DATABASE movies SYNC")
        with pytest.raises(BrokenOff):
            await migrate(Breaking(all_nodes, after), NAME)
        cluster.failing[HOSTS[1]] = "Code: 999. no Keeper"
        with pytest.raises(HostsFailed):
            await migrate(all_nodes, NAME)
        cluster.failing.clear()
        await migrate(all_nodes, NAME)
        assert tables(engines[0]) == tables(engines[1]) == whole, after


async def test_a_table_that_one_host_has_gets_the_same_identity_on_the_other(
    cluster: TwoHosts, all_nodes: Sql, engines: tuple[ServerProcess, ...]
) -> None:
    await migrate(all_nodes, NAME)
    identity = "SELECT uuid FROM system.tables WHERE database = 'movies' AND name = 'views_local'"
    one, two = engines
    two.ask("DROP DATABASE movies SYNC")
    two.ask("CREATE DATABASE movies")
    with pytest.raises(HostsFailed, match=r"ch-2: lacks movies\.views_local"):
        await migrate(all_nodes, NAME)
    await migrate(all_nodes, NAME, again=True)
    assert two.ask(identity) == one.ask(identity)


async def test_what_a_host_lacks_or_has_otherwise_is_named(
    cluster: TwoHosts, all_nodes: Sql, engines: tuple[ServerProcess, ...]
) -> None:
    await migrate(all_nodes, NAME)
    engines[1].ask("DROP VIEW movies.film_daily")
    engines[0].ask("DROP TABLE movies.viewer_days_local SYNC")
    engines[0].ask(
        "CREATE TABLE movies.viewer_days_local AS movies.positions_local ENGINE = Memory"
    )
    with pytest.raises(HostsFailed) as failed:
        await migrate(all_nodes, NAME)
    said = str(failed.value)
    assert "ch-2: lacks movies.film_daily" in said
    assert "has another movies.viewer_days_local" in said
    assert len(said.splitlines()) == 2


async def test_a_rebuild_goes_no_further_than_every_host_does(
    cluster: TwoHosts, all_nodes: Sql, engines: tuple[ServerProcess, ...]
) -> None:
    await migrate(all_nodes, NAME)
    whole = tables(engines[0])
    cluster.failing["ch-2"] = "Code: 243. Full"
    with pytest.raises(HostsFailed, match="ch-2:9000: Code: 243"):
        async for _ in rebuild(all_nodes, "positions", NAME):
            pass
    assert tables(engines[0]) == tables(engines[1]) == whole


async def test_the_command_waits_for_a_host_that_is_down(cluster: TwoHosts) -> None:
    cluster.down.add("ch-2")
    command = [sys.executable, "-m", "etl", "migrate"]
    running = asyncio.create_task(
        run("env", f"CH_URL={cluster.url}", f"CH_CLUSTER={NAME}", *command)
    )
    await until(lambda: cluster.asked_while_down >= 2, within=20)
    assert not running.done()
    cluster.down.clear()
    code, said = await running
    assert code == 0, said
    assert "waiting for ClickHouse: Code: 279" in said
    assert "ch-2:9000" in said
    assert "migrations applied: 0000_migrations, " in said
