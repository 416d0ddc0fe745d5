"""The procedure of clickhouse/README.md, statement by statement in the form of a single node: no
row is changed by it, and the views listen to the new table."""

from pathlib import Path

from client_gaps import http_client
from etl.migrations import migrate
from etl.settings import Settings
from etl.sql import Sql
from tests.integration.embedded_clickhouse.server_process import ServerProcess
from tests.integration.warehouse.two_hosts import single_node
from tests.repository.clickhouse_readme import statements

TABLES = ("views", "positions", "viewer_days")
EVENTS = (
    "INSERT INTO movies.views_local "
    "(user_id, film_id, event_id, progress, total, event_time, received_at) "
    "SELECT toUUID(leftPad(toString(1 + number % 100), 32, '0')), "
    "toUUID(leftPad(toString(1 + number % 7), 32, '0')), generateUUIDv4(), "
    "cityHash64(number, {seed}) % 1000, 1000, now() - INTERVAL number HOUR, now() "
    "FROM numbers(5000)"
)


def rows(server: ServerProcess) -> dict[str, str]:
    return {
        table: server.ask(f"SELECT count(), groupBitXor(cityHash64(*)) FROM movies.{table} FINAL")
        for table in TABLES
    }


def anew(server: ServerProcess) -> dict[str, str]:
    """What the derived tables would be if they were made of `views` now."""
    made = {}
    for table in TABLES[1:]:
        view = f"database = 'movies' AND name = '{table}_mv'"
        select = server.ask(f"SELECT as_select FROM system.tables WHERE {view} FORMAT TSVRaw")
        server.ask(f"CREATE TABLE movies.{table}_anew AS movies.{table}_local")
        columns = (
            "film_id, day, user_id, progress, total"
            if table == "viewer_days"
            else ("user_id, film_id, which, progress, total, event_time, event_id, version")
        )
        source = select.replace("FROM movies.views_local", "FROM movies.views")
        server.ask(f"INSERT INTO movies.{table}_anew ({columns}) {source}")
        made[table] = server.ask(
            f"SELECT count(), groupBitXor(cityHash64(*)) FROM movies.{table}_anew FINAL"
        )
        server.ask(f"DROP TABLE movies.{table}_anew SYNC")
    return made


async def test_it_changes_no_row_and_the_views_go_on(tmp_path: Path) -> None:
    with ServerProcess(tmp_path) as server:
        server.wait_until_ready()
        async with http_client(30) as http:
            await migrate(Sql(http, Settings(clickhouse_url=server.url)), None)
        server.ask(EVENTS.format(seed=1))
        before = rows(server)
        for statement in statements("Adding a shard"):
            answer = server.ask(single_node(statement, "ch-1"))
            if statement.startswith("SELECT\n"):
                assert len(set(answer.split())) == 1
        assert rows(server) == before
        assert server.ask("SHOW TABLES FROM movies LIKE '%moved%'") == ""
        server.ask(EVENTS.format(seed=2))
        after = rows(server)
        assert after["views"] != before["views"]
        derived = {table: after[table] for table in TABLES[1:]}
        assert derived == anew(server)
        assert all(derived[table] != before[table] for table in derived)
