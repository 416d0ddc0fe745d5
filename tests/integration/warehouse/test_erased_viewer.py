"""Erasing a viewer as clickhouse/README.md says it, in the form of a single node."""

import re
from pathlib import Path

from client_gaps import http_client
from etl.migrations import migrate
from etl.settings import Settings
from etl.sql import Sql
from tests.integration.embedded_clickhouse.server_process import ServerProcess
from tests.integration.warehouse.two_hosts import single_node
from tests.repository.clickhouse_readme import statements

TABLES = ("views", "positions", "viewer_days")
ERASED, OTHER = "0b7e3f62-6f0c-4a2e-9f3c-5d1f2f5f9a01", "0b7e3f62-6f0c-4a2e-9f3c-5d1f2f5f9a02"
EVENTS = (
    "INSERT INTO movies.views_local "
    "(user_id, film_id, event_id, progress, total, event_time, received_at) "
    f"SELECT if(number % 2 = 0, toUUID('{ERASED}'), toUUID('{OTHER}')), "
    "toUUID(leftPad(toString(1 + number % 7), 32, '0')), generateUUIDv4(), "
    "cityHash64(number) % 1000, 1000, now() - INTERVAL number HOUR, now() FROM numbers(1000)"
)


def rows(server: ServerProcess, viewer: str) -> list[str]:
    of = f"FINAL WHERE user_id = '{viewer}'"
    return [
        server.ask(f"SELECT count(), groupBitXor(cityHash64(*)) FROM movies.{table} {of}")
        for table in TABLES
    ]


async def test_nothing_of_the_viewer_is_left_and_everything_of_others(tmp_path: Path) -> None:
    found = statements("Erasing a viewer")
    assert set(re.findall(r"user_id = '(.*?)'", " ".join(found))) == {ERASED}
    with ServerProcess(tmp_path) as server:
        server.wait_until_ready()
        async with http_client(30) as http:
            await migrate(Sql(http, Settings(clickhouse_url=server.url)), None)
        stored = "SELECT name FROM system.tables WHERE database = 'movies' AND name LIKE '%_local'"
        named = re.findall(r"TABLE (?:IF EXISTS )?movies\.(\w+)", " ".join(found))
        assert sorted(named) == sorted(server.ask(stored).split())
        server.ask(EVENTS)
        before = rows(server, OTHER)
        assert not {"0\t0"} & {*rows(server, ERASED), *before}
        for statement in found:
            server.ask(single_node(statement, "ch-1"))
        assert rows(server, ERASED) == ["0\t0"] * len(TABLES)
        assert rows(server, OTHER) == before
