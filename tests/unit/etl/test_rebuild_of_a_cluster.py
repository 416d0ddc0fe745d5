"""A rebuild on a cluster, as far as it goes before anything is changed, without a ClickHouse."""

import httpx
import pytest

from etl.cluster import HostsFailed
from etl.exits import WarehouseError
from etl.rebuild import rebuild
from etl.settings import Settings
from etl.sql import Sql

TABLE = "positions_local\tReplicatedReplacingMergeTree('/tables/{uuid}/{shard}', '{replica}')"
VIEW = "SELECT user_id FROM movies.views_local"


class Servers:
    """Two hosts that have the table under one identity each, and what they were asked."""

    def __init__(self, one: str, two: str) -> None:
        self._tables = f"ch-1\t{TABLE}\t{one}\nch-2\t{TABLE}\t{two}\n"
        self.asked: list[str] = []
        http = httpx.AsyncClient(transport=httpx.MockTransport(self._answer))
        self.sql = Sql(http, Settings(clickhouse_url="http://ch-1:8123"))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        statement = request.content.decode()
        self.asked.append(statement)
        if "as_select" in statement:
            return httpx.Response(200, text=VIEW)
        if "hostName()" in statement:
            return httpx.Response(200, text=self._tables)
        if statement.startswith("DROP"):
            return httpx.Response(500, text="Code: 1. as far as this test goes")
        return httpx.Response(200, text="user_id\n")


async def begun(servers: Servers, expected: type[Exception]) -> str:
    with pytest.raises(expected) as ended:
        async for _ in rebuild(servers.sql, "positions", "company_cluster"):
            pass
    return str(ended.value)


async def test_hosts_that_have_different_tables_are_named_and_nothing_is_dropped() -> None:
    servers = Servers("uuid-of-old", "uuid-of-new")
    assert "has another movies.positions_local" in await begun(servers, HostsFailed)
    assert not any(statement.startswith("DROP") for statement in servers.asked)


async def test_hosts_that_have_the_same_table_begin() -> None:
    servers = Servers("uuid", "uuid")
    await begun(servers, WarehouseError)
    assert servers.asked[-1].startswith("DROP VIEW")
