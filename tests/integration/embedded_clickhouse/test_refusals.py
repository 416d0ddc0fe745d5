"""The refusals against the real engine: what it offers, and what gets through."""

from pathlib import Path

import pytest

from embedded.clickhouse.refusals import DANGEROUS_FUNCTIONS, HARMLESS_TABLE_FUNCTIONS
from tests.integration.embedded_clickhouse.server_process import ServerProcess


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    file = tmp_path / "secret.txt"
    file.write_text("do-not-tell\n")
    return file


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM '{f}'",
        "SELECT * FROM `{f}`",
        "SELECT * FROM default.`{f}`",
        "SELECT * FROM {{t:Identifier}}",
        "SELECT * FROM file('{f}', LineAsString)",
        "SELECT * FROM `file`('{f}', LineAsString)",
        "SELECT file('{f}')",
        "SELECT * FROM format(JSONEachRow, $$a UInt8, x String DEFAULT file('{f}')$$, '{{}}')",
        "SELECT * FROM values($$a UInt8, x String DEFAULT file('{f}')$$, (1))",
        "SELECT b FROM values('a String, b String ALIAS file(''{f}'')', ('1'))",
        "SELECT b FROM generateRandom('a UInt8, b String ALIAS file(''{f}'')') LIMIT 1",
        "SELECT b FROM null('a UInt8, b String ALIAS file(''{f}'')')",
        "SELECT * FROM eval($$SELECT * FROM file('{f}', LineAsString)$$)",
        "SELECT 1 FORMAT Template SETTINGS format_template_row = '{f}'",
        "SELECT * FROM file_system.`{f}`",
        "INSERT INTO leaks FROM INFILE '{f}' FORMAT LineAsString",
        "INSERT INTO leaks VALUES (file('{f}'))",
        "CREATE TABLE leaks_file (x String) ENGINE = File(LineAsString, '{f}')",
        "CREATE DATABASE leaks_db ENGINE = Filesystem('/')",
    ],
)
def test_no_statement_reads_a_file(server: ServerProcess, secret: Path, query: str) -> None:
    server.ask("CREATE TABLE IF NOT EXISTS leaks (x String) ENGINE = Memory")
    answer = server.post(query.format(f=secret), param_t=str(secret))
    assert "do-not-tell" not in answer.text
    assert "do-not-tell" not in server.ask("SELECT * FROM leaks")
    assert answer.status_code != 200


def test_no_statement_writes_or_moves_a_file(server: ServerProcess, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for query in (
        f"SELECT 1 INTO OUTFILE '{tmp_path}/out'",
        f"INSERT INTO FUNCTION file('{tmp_path}/out', TSV, 'a UInt8') VALUES (1)",
        f"ATTACH TABLE moved FROM '{tmp_path}/folder/' (a UInt8) ENGINE = MergeTree ORDER BY a",
        f"BACKUP TABLE t TO File('{tmp_path}/out')",
        f"BACKUP TABLE t TO Disk('backups', '../../{tmp_path}/out')",
    ):
        assert server.post(query).headers["X-ClickHouse-Exception-Code"] == "497", query
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_every_table_function_of_this_engine_is_refused_or_known_to_be_harmless(
    server: ServerProcess,
) -> None:
    names = server.ask("SELECT name FROM system.table_functions").split("\n")
    assert len(names) > 50
    for name in names:
        if name.lower() not in HARMLESS_TABLE_FUNCTIONS:
            answer = server.post(f"SELECT * FROM {name}()")
            assert answer.headers["X-ClickHouse-Exception-Code"] == "497", name


def test_functions_that_reach_out_are_still_called_as_we_know_them(server: ServerProcess) -> None:
    known = server.ask(
        "SELECT lower(name) FROM system.functions WHERE name ILIKE 'ai%' OR name = 'file'"
    )
    assert set(known.split("\n")) <= DANGEROUS_FUNCTIONS


@pytest.mark.parametrize("query", ["SYSTEM SHUTDOWN", "SYSTEM KILL", "system/**/shutdown"])
def test_no_statement_ends_the_server(server: ServerProcess, query: str) -> None:
    assert server.post(query).status_code == 403
    assert server.ask("SELECT 1") == "1"


def test_no_statement_runs_a_program(server: ServerProcess, tmp_path: Path) -> None:
    query = (
        "CREATE DICTIONARY d (a UInt8) PRIMARY KEY a "
        f"SOURCE(EXECUTABLE(COMMAND 'touch {tmp_path}/x' FORMAT 'TSV')) LAYOUT(FLAT()) LIFETIME(0)"
    )
    assert server.post(query).status_code == 403
    assert server.post("SELECT * FROM executable('x', TSV, 'a String')").status_code == 403


def test_a_dictionary_over_a_local_table_works(server: ServerProcess) -> None:
    server.ask("CREATE TABLE words (id UInt64, word String) ENGINE = MergeTree ORDER BY id")
    server.ask("INSERT INTO words VALUES (1, 'one')")
    server.ask(
        "CREATE DICTIONARY word_of (id UInt64, word String) PRIMARY KEY id "
        "SOURCE(CLICKHOUSE(TABLE 'words' DB 'default')) LAYOUT(FLAT()) LIFETIME(0)"
    )
    assert server.ask("SELECT dictGet('word_of', 'word', 1)") == "one"
