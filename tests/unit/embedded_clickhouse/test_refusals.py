"""Attacks that must not reach the engine, and ordinary statements that must."""

import pytest

from embedded.clickhouse.errors import Refused, ServerError
from embedded.clickhouse.refusals import Screen
from embedded.clickhouse.statements import find_insert, read_statement

SCREEN = Screen(
    table_functions=frozenset(
        {
            *("azureblobstorage", "bigquery", "cluster", "clusterallreplicas", "cosn", "deltalake"),
            *("dictionary", "eval", "executable", "file", "filecluster", "filesystem", "format"),
            *("fuzzquery", "gcs", "generaterandom", "hdfs", "hudi", "iceberg", "input", "jdbc"),
            *("loop", "merge", "mongodb", "mysql", "null", "numbers", "odbc", "oss", "postgresql"),
            *("python", "redis", "remote", "remotesecure", "s3", "s3cluster", "sqlite", "url"),
            *("urlcluster", "values", "view", "viewifpermitted", "ytsaurus", "zeros"),
        }
    ),
    engines=frozenset({"file", "url", "s3", "kafka", "mysql", "filesystem", "merge", "memory"}),
)


def screen(text: str) -> None:
    insert = find_insert(text)
    SCREEN.statement(insert.tokens if insert else read_statement(text).tokens)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * FROM file('/etc/passwd')",
        "SELECT file('/etc/passwd')",
        "sElEcT * fRoM FiLe /* x */ -- y\n\t('/etc/passwd')",
        "SELECT * FROM `file`('/etc/passwd')",
        'SELECT * FROM "file" ("/etc/passwd")',
        "SELECT * FROM url('http://localhost/')",
        "SELECT * FROM s3('http://localhost/x')",
        "SELECT * FROM s3Cluster('x', 'y')",
        "SELECT * FROM remote('localhost', system.one)",
        "SELECT * FROM remoteSecure('localhost', system.one)",
        "SELECT * FROM cluster('c', system.one)",
        "SELECT * FROM executable('x', TSV, 'a String')",
        "SELECT * FROM mysql('h', 'd', 't', 'u', 'p')",
        "SELECT * FROM sqlite('/x', 't')",
        "SELECT * FROM eval('SELECT 1')",
        "SELECT * FROM fuzzQuery('SELECT 1')",
        "SELECT * FROM format(JSONEachRow, $$x String DEFAULT file('/etc/passwd')$$, '{}')",
        "SELECT * FROM (SELECT * FROM (SELECT * FROM url('x')))",
        "SELECT 1 WHERE 1 IN (SELECT length(file('/x')))",
        "WITH x AS (SELECT * FROM file('/x')) SELECT * FROM x",
        "(SELECT * FROM file('/x'))",
        "EXPLAIN SELECT * FROM file('/x')",
        "EXPLAIN TABLE OVERRIDE mysql('h', 'd', 't', 'u', 'p') COLUMNS (a String)",
        "DESCRIBE TABLE file('/x')",
        "DESC url('x')",
        "SELECT 1file('/x')",
        "SELECT * FROM {name:Identifier}('/x')",
        "SELECT catboostEvaluate('/x', 1)",
        "SELECT aiGenerate('x')",
        "CREATE TABLE x AS file('/etc/passwd')",
        "CREATE TABLE x (a String DEFAULT file('/etc/passwd')) ENGINE = Memory",
        "CREATE VIEW x AS SELECT * FROM url('http://localhost/')",
        "CREATE MATERIALIZED VIEW x ENGINE = Memory AS SELECT file('/x')",
        "ALTER TABLE x ADD COLUMN y String DEFAULT file('/x')",
        "ALTER TABLE x UPDATE y = file('/x') WHERE 1",
        "INSERT INTO FUNCTION file('/x') SELECT 1",
        "INSERT INTO TABLE FUNCTION file('/x') SELECT 1",
        "INSERT INTO FUNCTION file('/x', TSV, 'a String') FORMAT TSV\n1",
        "INSERT INTO t SELECT * FROM file('/x')",
        "INSERT INTO t SELECT * FROM input('a String')",
        "INSERT INTO t FROM INFILE '/etc/passwd' FORMAT TSV",
        "SELECT 1 INTO OUTFILE '/x'",
        "SELECT 1 into /**/ outfile '/x' FORMAT TSV",
        "CREATE TABLE x (a String) ENGINE = File(TSV)",
        "CREATE TABLE x (a String) ENGINE File(TSV)",
        "CREATE TABLE x (a String) ENGINE = `File`(TSV, '/x')",
        "CREATE TABLE x (a String) engine=URL('x', TSV)",
        "CREATE TABLE x (a String) ENGINE = SomethingNew",
        "CREATE OR REPLACE TABLE x (a String) ENGINE = Kafka",
        "REPLACE TABLE x (a String) ENGINE = Kafka",
        "ATTACH TABLE x (a String) ENGINE = MySQL('h', 'd', 't', 'u', 'p')",
        "CREATE TABLE x (a String) ENGINE = MergeTree ORDER BY a SETTINGS disk = disk(type=local)",
        "CREATE DATABASE x ENGINE = Filesystem('/etc')",
        "CREATE DATABASE x ENGINE Filesystem('/etc')",
        "CREATE DATABASE x ENGINE = PostgreSQL('h', 'd', 'u', 'p')",
        "CREATE MATERIALIZED VIEW x ENGINE = File(TSV) AS SELECT 1",
        "ATTACH TABLE x FROM '/etc/' (a String) ENGINE = MergeTree ORDER BY a",
        "ALTER TABLE x FETCH PARTITION 1 FROM '/path'",
        "CREATE DICTIONARY d (a UInt8) PRIMARY KEY a SOURCE(EXECUTABLE(COMMAND 'id' FORMAT 'TSV'))",
        "CREATE DICTIONARY d (a UInt8) PRIMARY KEY a SOURCE (File(PATH '/x' FORMAT 'TSV'))",
        "CREATE DICTIONARY d (a UInt8) PRIMARY KEY a SOURCE(HTTP(URL 'http://localhost'))",
        "CREATE DICTIONARY d (a UInt8) PRIMARY KEY a SOURCE(CLICKHOUSE(HOST 'x' TABLE 't'))",
        "CREATE DICTIONARY d (a UInt8) PRIMARY KEY a SOURCE(CLICKHOUSE(QUERY 'SELECT 1'))",
        "CREATE DICTIONARY d (a UInt8) PRIMARY KEY a SOURCE(CLICKHOUSE(TABLE 't' WHERE 'x'))",
        "CREATE FUNCTION f AS x -> x",
        "CREATE NAMED COLLECTION c AS a = 1",
        "CREATE USER u",
        "ALTER USER u",
        "BACKUP TABLE t TO File('x')",
        "RESTORE ALL FROM File('x')",
        "SYSTEM SHUTDOWN",
        "system /* FLUSH */ kill",
        "SYSTEM RELOAD CONFIG",
        "SYSTEM STOP LISTEN HTTP",
        "EXECUTE AS x SELECT 1",
        "DROP TABLE a PARALLEL WITH SYSTEM SHUTDOWN",
        "WITH 1 AS x INSERT INTO t VALUES (1)\n\nDROP TABLE t",
        "EXPLAIN INSERT INTO t FORMAT JSONEachRow {}\n\nDROP TABLE t",
        "SET dialect = 'kusto'",
        "SELECT 1 SETTINGS dialect = 'prql'",
        "SELECT 1 SETTINGS additional_result_filter = '1'",
        "SELECT 1 FORMAT Template SETTINGS format_template_row = '/etc/passwd'",
        "SELECT 1 SETTINGS `format_schema` = '/etc/passwd'",
        "SELECT 1 SETTINGS format_avro_schema_registry_url = 'http://elsewhere'",
        "SELECT * FROM values('a UInt8', (1))",
        "SELECT * FROM VALUES ($$a UInt8$$, (1))",
        "SELECT * FROM `null`('a UInt8')",
        "INSERT INTO t SETTINGS input_format_values_interpret_expressions = 1 VALUES",
        "SET log_comment = 'mine'",
    ],
)
def test_what_leads_out_of_the_database_is_refused(text: str) -> None:
    with pytest.raises(Refused) as refused:
        screen(text)
    assert refused.value.code == 497
    assert refused.value.status == 403


@pytest.mark.parametrize("text", ["?? drop everything", "garbage", "1 + 1", "VALUES (1)", "'x'"])
def test_what_no_statement_begins_with_is_a_syntax_error(text: str) -> None:
    with pytest.raises(ServerError) as refused:
        screen(text)
    assert refused.value.code == 62


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 1",
        "(SELECT 1) UNION ALL (SELECT 2)",
        "WITH 1 AS x SELECT x",
        "FROM numbers(3) SELECT number",
        "SELECT * FROM numbers(3), zeros(1), values((1), (2))",
        "SELECT * FROM merge('movies', '^views') WHERE file = 'x' AND url != ''",
        "SELECT 'file(', \"file\", `url` FROM t -- file('x')",
        "SELECT dictGet('d', 'a', 1), domain(url), fileName FROM t",
        "SELECT formatQuery($q$CREATE TABLE x ON CLUSTER c (a UInt8) ENGINE = Distributed()$q$)",
        "EXPLAIN AST CREATE TABLE x ON CLUSTER c (a UInt8) ENGINE = ReplicatedMergeTree ORDER BY a",
        "EXPLAIN SYNTAX CREATE TABLE x AS y ENGINE = Distributed('c', 'd', 't', cityHash64(a))",
        "SELECT name, engine FROM system.tables",
        "SHOW CREATE TABLE t",
        "DESCRIBE TABLE t",
        "EXISTS TABLE t",
        "CREATE DATABASE IF NOT EXISTS movies",
        "CREATE DATABASE movies ENGINE = Atomic",
        "CREATE TABLE t (a UInt8) ENGINE = ReplacingMergeTree(v) ORDER BY a",
        "CREATE TABLE t (a UInt8) ENGINE ReplicatedAggregatingMergeTree ORDER BY a",
        "CREATE TABLE movies.views AS movies.views_local ENGINE = Merge('movies', '^views_local$')",
        "CREATE OR REPLACE VIEW v AS SELECT name, engine FROM system.tables",
        "CREATE MATERIALIZED VIEW v TO t AS SELECT bitOr(a, 1) AS a FROM u",
        "CREATE MATERIALIZED VIEW v REFRESH EVERY 1 MINUTE ENGINE = Memory AS SELECT 1 AS a",
        "CREATE TEMPORARY TABLE t (a UInt8)",
        "CREATE TABLE n (a UInt8) ENGINE = Null",
        "CREATE DICTIONARY d (a UInt8) PRIMARY KEY a SOURCE(CLICKHOUSE(TABLE 't' DB 'movies'))",
        "CREATE DICTIONARY d (a UInt8) PRIMARY KEY a SOURCE(NULL()) LAYOUT(FLAT()) LIFETIME(0)",
        "ALTER TABLE t ATTACH PARTITION 1 FROM u",
        "ALTER TABLE t DELETE WHERE a = 1",
        "ATTACH TABLE t",
        "INSERT INTO t (a, b) SELECT 1, 2",
        "INSERT INTO t (a, b) FORMAT JSONEachRow",
        "INSERT INTO t SETTINGS async_insert = 0 VALUES",
        "DELETE FROM t WHERE a = 1",
        "OPTIMIZE TABLE t FINAL",
        "KILL QUERY WHERE query_id = 'x'",
        "SET max_threads = 1",
        "USE movies",
        "SYSTEM FLUSH LOGS",
        "system refresh view v",
    ],
)
def test_what_stays_inside_the_database_passes(text: str) -> None:
    screen(text)
