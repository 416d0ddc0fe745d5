"""Where an insert's rows begin, and what counts as one statement."""

import pytest

from embedded.clickhouse.errors import ServerError
from embedded.clickhouse.statements import find_insert, read_statement


@pytest.mark.parametrize(
    ("text", "head", "format_name", "rows"),
    [
        ("INSERT INTO t FORMAT TSV\n1\t2", "INSERT INTO t ", "TSV", "1\t2"),
        ("insert into t format JSONEachRow {}", "insert into t ", "JSONEachRow", "{}"),
        ("INSERT INTO t FORMAT TSV \r\n\n1", "INSERT INTO t ", "TSV", "\n1"),
        ("INSERT INTO t FORMAT Native", "INSERT INTO t ", "Native", ""),
        ("INSERT INTO t (a) VALUES (1);", "INSERT INTO t (a) ", "Values", " (1);"),
        ("INSERT INTO a.values VALUES", "INSERT INTO a.values ", "Values", ""),
        ("INSERT INTO TABLE format FORMAT TSV\n", "INSERT INTO TABLE format ", "TSV", ""),
        ("/* ' */ INSERT INTO t -- '\n FORMAT TSV\n'", "/* ' */ INSERT INTO t -- '\n ", "TSV", "'"),
        ("INSERT INTO t (`format`, values) FORMAT TSV\n", None, "TSV", ""),
        ("INSERT INTO t SETTINGS a=1 FORMAT TSV\n1", "INSERT INTO t SETTINGS a=1 ", "TSV", "1"),
    ],
)
def test_the_rows_begin_where_a_clickhouse_server_begins_to_read_them(
    text: str, head: str | None, format_name: str, rows: str
) -> None:
    insert = find_insert(text)
    assert insert is not None
    assert head is None or insert.head == head
    assert insert.format == format_name
    assert text[insert.data_at :] == rows


@pytest.mark.parametrize(
    ("text", "statement"),
    [
        (
            "INSERT INTO t FORMAT TSV\n1",
            "INSERT INTO t  FROM INFILE '/f' COMPRESSION 'none'  FORMAT TSV",
        ),
        (
            "INSERT INTO settings (settings) SETTINGS a=1 VALUES (1)",
            "INSERT INTO settings (settings)  FROM INFILE '/f' COMPRESSION 'none' "
            "SETTINGS a=1  FORMAT Values",
        ),
    ],
)
def test_the_rows_may_come_from_a_file(text: str, statement: str) -> None:
    insert = find_insert(text)
    assert insert is not None
    assert insert.of_file("/f") == statement


@pytest.mark.parametrize(
    "text",
    [
        "INSERT INTO t; DROP TABLE v; INSERT INTO t FORMAT TSV\n1",
        "INSERT INTO t SETTINGS a=1; DROP TABLE v; INSERT INTO t VALUES (1)",
        "INSERT INTO t (a); FORMAT TSV 1",
    ],
)
def test_an_insert_with_rows_is_one_statement(text: str) -> None:
    insert = find_insert(text)
    assert insert is not None
    with pytest.raises(ServerError, match="Multi-statements"):
        insert.of_file("/f")


@pytest.mark.parametrize("name", ["'TSV'", "`TSV SELECT 1`", '"a`b"'])
def test_what_is_no_format_never_becomes_sql(name: str) -> None:
    insert = find_insert(f"INSERT INTO t FORMAT {name} 1")
    assert insert is not None
    with pytest.raises(ServerError, match="Unknown format"):
        insert.of_file("/f")


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 1 FORMAT TSV",
        "INSERT INTO t SELECT 1",
        "INSERT INTO t (a) WITH 1 AS x SELECT x",
        "INSERT INTO t (SELECT 1) FORMAT TSV\n1",
        "INSERT INTO t",
        "",
    ],
)
def test_what_brings_no_rows_is_no_insert_with_rows(text: str) -> None:
    assert find_insert(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 1; SELECT 2",
        "SELECT 1;; DROP TABLE t",
        "INSERT INTO t\n\nDROP TABLE t",
        "INSERT INTO t SELECT 1 FORMAT JSONEachRow {}\n\nDROP TABLE t",
        "-- only a comment",
        "",
        ";",
    ],
)
def test_none_or_several_statements_are_a_syntax_error(text: str) -> None:
    with pytest.raises(ServerError) as refused:
        read_statement(text)
    assert refused.value.code == 62


@pytest.mark.parametrize(
    "text", ["SELECT ';'", "SELECT 1 /* ; */;", "SELECT 1; -- ;\n;", "SELECT $$;$$"]
)
def test_a_semicolon_in_a_string_a_comment_or_at_the_end_ends_nothing(text: str) -> None:
    read_statement(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT 1 FORMAT JSON", "JSON"),
        ("SELECT 1 format CSV SETTINGS max_threads = 1", "CSV"),
        ("SELECT 'FORMAT JSON'", None),
        ("SELECT * FROM (SELECT 1 AS format)", None),
    ],
)
def test_the_output_format_is_the_one_of_the_format_clause(text: str, expected: str | None) -> None:
    assert read_statement(text).format == expected


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 1 /* /* ' */ file('x') */",
        "SELECT 1 // '\n, file('x')",
        "SELECT 1 # '\n, file('x')",
        "SELECT \u2018' , file('x')",
        "SELECT\u00a01",
        "SELECT `fil\\x65`('x')",
        "SELECT 'open",
        "SELECT $a$ open",
        "SELECT 1 /* open",
        "SELECT 1\0",
        "SELECT 1 \\G SELECT 2",
    ],
)
def test_a_text_the_engine_might_cut_in_another_way_is_not_read_at_all(text: str) -> None:
    with pytest.raises(ServerError) as refused:
        read_statement(text)
    assert refused.value.code == 62
