"""Inserts: any bytes are data, and a body that is not whole stores nothing."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import zstandard

from tests.integration.embedded_clickhouse.server_process import ServerProcess
from tests.waiting import until


def insert(table: str, format_name: str = "JSONEachRow") -> dict[str, str]:
    return {"query": f"INSERT INTO {table} FORMAT {format_name}"}


def test_rows_after_a_blank_line_are_rows(server: ServerProcess, table: str) -> None:
    server.ask('{"id":1,"text":"a"}\n\n\n{"id":2,"text":"b"}\n', **insert(table))
    assert server.ask(f"SELECT count() FROM {table}") == "2"


@pytest.mark.parametrize("in_url", [True, False])
def test_sql_after_a_blank_line_is_never_run(
    server: ServerProcess, table: str, in_url: bool
) -> None:
    body = f'{{"id":1,"text":"a"}}\n\nDROP TABLE {table}'
    if in_url:
        answer = server.post(body, **insert(table))
    else:
        answer = server.post(f"INSERT INTO {table} FORMAT JSONEachRow {body}")
    assert answer.headers["X-ClickHouse-Exception-Code"] == "27"
    assert server.ask(f"SELECT count() FROM {table}") == "0"


@pytest.mark.parametrize(
    "query",
    [
        "INSERT INTO {t} VALUES (1, 'a')\n\n;DROP TABLE {t}",
        "INSERT INTO {t} VALUES (1, 'a'); DROP TABLE {t}",
        "INSERT INTO {t} SELECT 1, 'a'\n\nDROP TABLE {t}",
        "INSERT INTO {t} SELECT 1, 'a' FORMAT JSONEachRow {{}}\n\nDROP TABLE {t}",
        "INSERT INTO {t}\n\nDROP TABLE {t}",
        "WITH 1 AS x INSERT INTO {t} VALUES (1, 'a')\n\nDROP TABLE {t}",
        "SELECT 1\n\nDROP TABLE {t}",
        "SELECT 1; DROP TABLE {t}",
    ],
)
def test_a_second_statement_is_refused_and_so_is_the_first(
    server: ServerProcess, table: str, query: str
) -> None:
    assert server.post(query.format(t=table)).status_code in (400, 403)
    assert server.ask(f"SELECT count() FROM {table}") == "0"


def test_nul_and_invalid_utf8_are_data(server: ServerProcess, table: str) -> None:
    text = b"\x00\n\n;\xff'DROP"
    row = (7).to_bytes(8, "little") + bytes([len(text)]) + text
    answer = httpx.post(server.url, params=insert(table, "RowBinary"), content=row * 1000)
    assert answer.status_code == 200, answer.text
    assert (
        server.ask(f"SELECT count(), any(hex(text)) FROM {table}") == f"1000\t{text.hex().upper()}"
    )


def test_values_may_be_expressions_but_not_ways_out(server: ServerProcess, table: str) -> None:
    server.ask(f"INSERT INTO {table} VALUES (1 + 1, concat('a', 'b')), (3, 'x;\n\ny')")
    assert server.ask(f"SELECT * FROM {table} ORDER BY id FORMAT CSV") == '2,"ab"\n3,"x;\n\ny"'
    for value in ("file('/etc/hostname')", "(SELECT * FROM url('http://localhost'))"):
        assert server.post(f"INSERT INTO {table} VALUES (1, {value})").status_code == 403
        answer = server.post(f"(1, {value})", query=f"INSERT INTO {table} VALUES")
        assert answer.status_code == 403
    hidden = "(1, 'x')," * 100_000 + "(1, file('/etc/hostname'))"
    answer = server.post(hidden, query=f"INSERT INTO {table} VALUES")
    assert answer.headers["X-ClickHouse-Exception-Code"] == "344"
    assert server.ask(f"SELECT count() FROM {table}") == "2"


def test_many_rows_of_values_are_stored(server: ServerProcess, table: str) -> None:
    server.ask("(1, 'x')," * 100_000 + "(2, 'y')", query=f"INSERT INTO {table} VALUES")
    assert server.ask(f"SELECT count() FROM {table}") == "100001"


def test_insert_select_and_inserts_without_rows_work(server: ServerProcess, table: str) -> None:
    server.ask(f"INSERT INTO {table} SELECT number, 'x' FROM numbers(10)")
    server.ask(f"INSERT INTO {table} FORMAT TSV")
    assert server.ask(f"SELECT count() FROM {table}") == "10"


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_a_compressed_body_is_stored_whole_or_not_at_all(
    server: ServerProcess, table: str, encoding: str
) -> None:
    rows = b'{"id":1,"text":"a"}\n' * 200_000
    body = gzip.compress(rows) if encoding == "gzip" else zstandard.compress(rows)
    headers = {"Content-Encoding": encoding}
    for broken in (body[:-9], body + b"x", b"plain"):
        answer = httpx.post(server.url, params=insert(table), content=broken, headers=headers)
        assert answer.status_code == 500
        assert "broken or cut off" in answer.text
    assert server.ask(f"SELECT count() FROM {table}") == "0"
    answer = httpx.post(server.url, params=insert(table), content=body, headers=headers)
    assert answer.status_code == 200
    assert server.ask(f"SELECT count() FROM {table}") == "200000"


def test_a_bad_last_row_of_many_stores_none(server: ServerProcess, table: str) -> None:
    body = "1\tx\n" * 6_000_000 + "bad\tx\n"
    assert server.post(body, **insert(table, "TSV")).status_code == 400
    assert server.ask(f"SELECT count() FROM {table}") == "0"


@pytest.mark.parametrize("chunked", [True, False])
async def test_a_client_that_leaves_in_the_middle_stores_nothing(
    server: ServerProcess, table: str, chunked: bool
) -> None:
    rows = b"1\tx\n" * 6_000_000
    _, writer = await asyncio.open_connection("127.0.0.1", server.port)
    size = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {len(rows) + 4}"
    writer.write(
        f"POST /?query=INSERT+INTO+{table}+FORMAT+TSV HTTP/1.1\r\n"
        f"Host: localhost\r\n{size}\r\n\r\n".encode()
    )
    writer.write(b"%x\r\n%s\r\n" % (len(rows), rows) if chunked else rows)
    await writer.drain()
    await until(lambda: server.arriving() == len(rows))
    writer.close()
    await writer.wait_closed()
    await until(lambda: server.arriving() == 0)
    assert await asyncio.to_thread(server.ask, f"SELECT count() FROM {table}") == "0"


def test_what_fails_while_rows_are_stored_is_answered(server: ServerProcess, table: str) -> None:
    server.ask(f"CREATE TABLE {table}_copy (id UInt64) ENGINE = MergeTree ORDER BY id")
    server.ask(
        f"CREATE MATERIALIZED VIEW {table}_view TO {table}_copy "
        f"AS SELECT id FROM {table} WHERE throwIf(id = 13, 'unlucky') = 0"
    )
    answer = server.post('{"id":13,"text":"a"}', **insert(table))
    assert answer.headers["X-ClickHouse-Exception-Code"] == "395"
    assert "unlucky" in answer.text
    assert server.ask(f"SELECT count() FROM {table}_copy") == "0"


def test_settings_of_an_insert_hold_for_it(server: ServerProcess, table: str) -> None:
    row = b'{"id":1,"text":"a","more":2}'
    head = f"INSERT INTO {table} (id, text) SETTINGS input_format_skip_unknown_fields = "
    refused = httpx.post(server.url, params={"query": f"{head}0 FORMAT JSONEachRow"}, content=row)
    assert refused.headers["X-ClickHouse-Exception-Code"] == "117"
    server.ask(row.decode(), query=f"{head}1 FORMAT JSONEachRow")
    assert server.ask(f"SELECT id, text FROM {table}") == "1\ta"


async def test_a_body_in_small_chunks_is_stored(server: ServerProcess, table: str) -> None:
    async def rows() -> AsyncIterator[bytes]:
        for number in range(100):
            yield b'{"id":%d,' % number
            yield b'"text":"x"}\n'

    async with httpx.AsyncClient() as client:
        answer = await client.post(server.url, params=insert(table), content=rows())
    assert answer.status_code == 200
    assert answer.headers["X-ClickHouse-Summary"].count('"written_rows":"100"') == 1


def test_a_body_that_inflates_without_end_is_stopped(server: ServerProcess, table: str) -> None:
    def bomb() -> Iterator[bytes]:
        deflater = zstandard.ZstdCompressor().compressobj()
        for _ in range(1100):
            yield deflater.compress(b"\n" * (1 << 20))
        yield deflater.flush()

    answer = httpx.post(
        server.url,
        params=insert(table),
        content=b"".join(bomb()),
        headers={"Content-Encoding": "zstd"},
        timeout=60,
    )
    assert answer.status_code == 413
