"""The clients this server is for."""

from collections.abc import AsyncIterator
from typing import Any

import clickhouse_connect
import httpx
import pytest
from aiochclient import ChClient, ChClientError
from clickhouse_connect.driver.exceptions import DatabaseError

from tests.integration.embedded_clickhouse.server_process import ServerProcess


@pytest.fixture
async def aio(server: ServerProcess) -> AsyncIterator[Any]:
    async with httpx.AsyncClient(timeout=20) as session:
        yield ChClient(session, url=server.url, compress_response=True)


async def test_aiochclient_lives_fetches_and_inserts(aio: Any, table: str) -> None:
    assert await aio.is_alive()
    await aio.execute(f"INSERT INTO {table} VALUES", (1, "it's\n\n;"), (2, "b"))
    await aio.execute(f"INSERT INTO {table} (id, text) VALUES (3, 'c')")
    await aio.execute(f"INSERT INTO {table} FORMAT JSONEachRow", {"id": 4, "text": "d"}, json=True)
    rows = await aio.fetch(f"SELECT id, text FROM {table} ORDER BY id")
    assert [tuple(row.values()) for row in rows] == [(1, "it's\n\n;"), (2, "b"), (3, "c"), (4, "d")]
    assert await aio.fetchval(f"SELECT count() FROM {table} WHERE id < {{n}}", params={"n": 3}) == 2
    assert [row[0] async for row in aio.iterate("SELECT number FROM numbers(3)")] == [0, 1, 2]
    assert await aio.fetch(f"SELECT id FROM {table} WHERE id > 99") == []


async def test_aiochclient_binds_parameters_given_to_its_constructor(server: ServerProcess) -> None:
    async with httpx.AsyncClient() as session:
        client = ChClient(
            session,
            url=server.url,
            user="api_reader",
            password="api_reader-secret",
            param_name="it's",
        )
        assert await client.fetchval("SELECT {name:String}") == "it's"


async def test_aiochclient_raises_the_servers_error(aio: Any) -> None:
    with pytest.raises(ChClientError, match=r"Code: 60\. DB::Exception"):
        await aio.fetch("SELECT * FROM nothing")


@pytest.mark.parametrize("compress", [False, "lz4", "zstd", "gzip"])
def test_clickhouse_connect_selects_and_inserts(
    server: ServerProcess, table: str, compress: bool | str
) -> None:
    client = clickhouse_connect.get_client(
        host="127.0.0.1", port=server.port, compress=compress, settings={"max_threads": 2}
    )
    try:
        summary = client.insert(table, [[1, "a"], [2, "b\0\n\n"]], column_names=["id", "text"])
        assert summary.written_rows == 2
        client.command(f"INSERT INTO {table} VALUES (3, 'c')")
        found = client.query(
            f"SELECT id, text FROM {table} WHERE id >= {{least:UInt64}} ORDER BY id",
            parameters={"least": 2},
        )
        assert found.result_rows == [(2, "b\0\n\n"), (3, "c")]
        assert int(client.command(f"SELECT count() FROM {table}")) == 3
        client.command("CREATE TEMPORARY TABLE kept (a UInt8)")
        assert client.command("SELECT count() FROM kept") == 0
        with client.query_row_block_stream("SELECT number FROM numbers(100000)") as stream:
            assert sum(len(block) for block in stream) == 100_000
    finally:
        client.close()


def test_clickhouse_connect_tells_the_error_code(server: ServerProcess) -> None:
    client = clickhouse_connect.get_client(
        host="127.0.0.1", port=server.port, username="api_reader", password="api_reader-secret"
    )
    try:
        with pytest.raises(DatabaseError) as failed:
            client.query("SELECT * FROM nothing")
        assert failed.value.code == 60
        with pytest.raises(DatabaseError) as refused:
            client.command("CREATE TABLE x (a UInt8) ENGINE = Memory")
        assert refused.value.code == 164
    finally:
        client.close()
