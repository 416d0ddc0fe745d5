"""The interface as curl sees it: methods, parameters, headers, codes, compression, users."""

import gzip
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.integration.embedded_clickhouse.server_process import ServerProcess


def test_it_says_that_it_lives(server: ServerProcess) -> None:
    assert httpx.get(server.url).text == "Ok.\n"
    assert httpx.get(f"{server.url}ping").text == "Ok.\n"
    assert httpx.get(f"{server.url}nothing").status_code == 404


def test_it_says_in_its_log_that_it_is_for_development(server: ServerProcess) -> None:
    assert "for development and tests only" in server.said()


def test_a_query_comes_in_the_url_or_in_the_body_or_in_both(server: ServerProcess) -> None:
    assert httpx.get(server.url, params={"query": "SELECT 1"}).text == "1\n"
    assert server.ask("SELECT 2") == "2"
    assert server.ask("+ 2", query="SELECT 1") == "3"


def test_the_answer_tells_what_clients_read_from_its_headers(server: ServerProcess) -> None:
    answer = server.post("SELECT number FROM numbers(3) FORMAT JSONEachRow", query_id="mine")
    assert answer.headers["X-ClickHouse-Query-Id"] == "mine"
    assert answer.headers["X-ClickHouse-Format"] == "JSONEachRow"
    assert answer.headers["X-ClickHouse-Timezone"] == "UTC"
    assert answer.headers["X-ClickHouse-Server-Display-Name"]
    summary = json.loads(answer.headers["X-ClickHouse-Summary"])
    assert (summary["read_rows"], summary["result_rows"]) == ("3", "3")
    assert all(isinstance(value, str) for value in summary.values())


def test_the_default_format_is_a_parameter(server: ServerProcess) -> None:
    assert server.ask("SELECT 1 AS a", default_format="JSONEachRow") == '{"a":1}'


@pytest.mark.parametrize(
    ("query", "code", "status"),
    [
        ("SELECT * FROM nothing", 60, 404),
        ("SELECT FROM WHERE", 62, 400),
        ("SELECT 1; SELECT 2", 62, 400),
        ("", 62, 400),
        ("SELECT nothing", 47, 404),
        ("SELECT throwIf(1)", 395, 500),
        ("SELECT 1 SETTINGS max_execution_time = 'x'", 72, 400),
    ],
)
def test_an_error_has_the_engines_code_and_its_status(
    server: ServerProcess, query: str, code: int, status: int
) -> None:
    answer = server.post(query)
    assert answer.headers.get("X-ClickHouse-Exception-Code") == str(code), answer.text
    assert answer.status_code == status
    assert answer.text.startswith(f"Code: {code}. DB::Exception: ")


def test_get_changes_nothing(server: ServerProcess, table: str) -> None:
    for query in (f"DROP TABLE {table}", f"INSERT INTO {table} VALUES (1, '')", "SET a = 1"):
        answer = httpx.get(server.url, params={"query": query})
        assert answer.headers["X-ClickHouse-Exception-Code"] == "164", query
    assert server.ask(f"SELECT count() FROM {table}") == "0"


def test_other_parameters_are_settings_and_unknown_ones_are_errors(server: ServerProcess) -> None:
    assert server.ask("SELECT getSetting('max_threads')", max_threads="3") == "3"
    assert server.post("SELECT 1", no_such_setting="1").status_code == 404
    assert server.post("SELECT 1", dialect="prql").status_code == 403
    assert server.ask("SELECT 1", wait_end_of_query="1", send_progress_in_http_headers="1") == "1"


def test_parameters_are_bound_and_not_pasted(server: ServerProcess) -> None:
    evil = "it's \\' ; DROP TABLE x -- \u00e9"
    sent = evil.replace("\\", "\\\\")
    assert server.ask("SELECT hex({x:String})", param_x=sent) == evil.encode().hex().upper()
    assert server.ask("SELECT {n:UInt8} + 1", param_n="4") == "5"


def test_a_database_is_chosen_by_parameter(server: ServerProcess) -> None:
    server.ask("CREATE DATABASE IF NOT EXISTS `chosen one`")
    assert server.ask("SELECT currentDatabase()", database="chosen one") == "chosen one"
    assert server.post("SELECT 1", database="no such").status_code == 404


def test_a_session_keeps_its_temporary_tables_and_not_the_settings_of_a_request(
    server: ServerProcess,
) -> None:
    server.ask("CREATE TEMPORARY TABLE mine (a UInt8)", session_id="one", max_threads="3")
    assert server.ask("SELECT count() FROM mine", session_id="one") == "0"
    assert server.ask("SELECT getSetting('max_threads')", session_id="one") != "3"
    assert server.post("SELECT count() FROM mine", session_id="two").status_code == 404
    assert server.post("SELECT count() FROM mine").status_code == 404


def test_a_session_takes_one_request_at_a_time(server: ServerProcess) -> None:
    with ThreadPoolExecutor() as pool:
        slow = pool.submit(server.post, "SELECT sleep(2)", session_id="s")
        server.wait_until(
            "SELECT count() FROM system.processes "
            "WHERE query LIKE 'SELECT sleep(2)%' AND query NOT LIKE '%processes%'",
            "1",
        )
        assert (
            server.post("SELECT 1", session_id="s").headers["X-ClickHouse-Exception-Code"] == "373"
        )
        assert slow.result().status_code == 200


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_answers_are_compressed_when_asked_for(server: ServerProcess, encoding: str) -> None:
    answer = httpx.post(
        server.url,
        params={"enable_http_compression": "1"},
        headers={"Accept-Encoding": encoding},
        content=b"SELECT number FROM numbers(10000)",
    )
    assert answer.headers["Content-Encoding"] == encoding
    assert len(answer.text.splitlines()) == 10000


def test_a_compressed_body_may_hold_the_whole_query(server: ServerProcess) -> None:
    body = gzip.compress(b"SELECT 1 + 1")
    answer = httpx.post(server.url, content=body, headers={"Content-Encoding": "gzip"})
    assert answer.text == "2\n"


def test_a_result_too_large_to_hold_is_an_error_and_not_the_end(server: ServerProcess) -> None:
    answer = server.post("SELECT number FROM numbers(100000000)")
    assert answer.headers["X-ClickHouse-Exception-Code"] == "396"
    assert server.ask("SELECT 1") == "1"


def test_a_wrong_password_is_turned_away(server: ServerProcess) -> None:
    for user, password in (("api_reader", "wrong"), ("nobody", ""), ("default", "x")):
        answer = httpx.get(server.url, params={"query": "SELECT 1"}, auth=(user, password))
        assert answer.status_code == 403
        assert answer.headers["X-ClickHouse-Exception-Code"] == "516"


@pytest.mark.parametrize("user", ["api_reader", "analyst"])
def test_a_reader_reads_and_changes_nothing(server: ServerProcess, table: str, user: str) -> None:
    def ask(query: str) -> httpx.Response:
        headers = {"X-ClickHouse-User": user, "X-ClickHouse-Key": f"{user}-secret"}
        parameters = {"session_id": "r", "max_threads": "1"}
        return httpx.post(server.url, content=query.encode(), headers=headers, params=parameters)

    assert ask(f"SELECT count() FROM {table}").text == "0\n"
    for query in (
        f"INSERT INTO {table} VALUES (1, '')",
        f"INSERT INTO {table} SELECT 1, ''",
        f"DROP TABLE {table}",
        "CREATE TABLE other (a UInt8) ENGINE = Memory",
        "CREATE TEMPORARY TABLE other (a UInt8)",
        "SELECT 1 SETTINGS readonly = 0",
        "SET readonly = 0",
        "KILL QUERY WHERE 1",
        "SYSTEM FLUSH LOGS",
        "SELECT 1 INTO OUTFILE '/tmp/x'",
    ):
        assert ask(query).headers.get("X-ClickHouse-Exception-Code") in ("164", "497"), query
    assert server.ask(f"SELECT count() FROM {table}") == "0"


def test_everyone_but_writer_and_migrator_reads_exactly(server: ServerProcess) -> None:
    for user, final in (
        ("api_reader", "1"),
        ("analyst", "1"),
        ("etl_writer", "0"),
        ("migrator", "0"),
    ):
        asked = server.ask(
            "SELECT toUInt8(getSetting('final'))", user=user, password=f"{user}-secret"
        )
        assert asked == final, user
    assert server.ask("SELECT toUInt8(getSetting('final'))") == "1"


@pytest.mark.parametrize(
    "headers", [{"Origin": "http://evil.example"}, {"Host": "evil.example:8123"}, {"Host": ""}]
)
def test_a_web_page_gets_nothing(server: ServerProcess, headers: dict[str, str]) -> None:
    answer = httpx.post(server.url, content=b"SELECT 1", headers=headers)
    assert answer.status_code in (400, 403)


def test_selects_and_inserts_run_at_the_same_time(server: ServerProcess, table: str) -> None:
    rows = "".join(f'{{"id":{n},"text":"x"}}\n' for n in range(1000))

    def insert(_: int) -> int:
        return server.post(rows, query=f"INSERT INTO {table} FORMAT JSONEachRow").status_code

    def select(_: int) -> int:
        return server.post(f"SELECT sum(id), count() FROM {table}").status_code

    with ThreadPoolExecutor(24) as pool:
        answers = [*pool.map(insert, range(40)), *pool.map(select, range(40))]
    assert set(answers) == {200}
    assert server.ask(f"SELECT count() FROM {table}") == "40000"


def test_a_client_that_leaves_ends_its_query(server: ServerProcess) -> None:
    running = (
        "SELECT count() FROM system.processes "
        "WHERE query LIKE '%1000000000007%' AND query NOT LIKE '%processes%'"
    )

    def leave() -> None:
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(
                server.url,
                content=b"SELECT count() FROM numbers(1000000000007) WHERE sipHash64(number) = 1",
                timeout=1,
            )

    client = threading.Thread(target=leave)
    client.start()
    server.wait_until(running, "1")
    client.join()
    server.wait_until(running, "0", within_s=3)


def test_metrics_count_queries_rows_and_refusals(server: ServerProcess, table: str) -> None:
    server.ask("1\tx\n2\ty", query=f"INSERT INTO {table} FORMAT TSV")
    assert server.post("SYSTEM SHUTDOWN").status_code == 403
    url = f"http://127.0.0.1:{server.metrics_port}"
    deadline = time.monotonic() + 5
    expected = (
        'ugc_clickhouse_queries_total{kind="insert",result="ok"}',
        "ugc_clickhouse_query_duration_seconds_bucket",
        "ugc_clickhouse_inserted_rows_total",
        "ugc_clickhouse_refused_total",
        "ugc_clickhouse_running_queries 0.0",
    )
    while not all(name in (text := httpx.get(f"{url}/metrics").text) for name in expected):
        assert time.monotonic() < deadline, text
    assert httpx.get(f"{url}/readyz").status_code == 404  # it tells that by /ping


def test_the_log_has_failures_and_neither_texts_nor_passwords(server: ServerProcess) -> None:
    server.post("SELECT 'a-text-nobody-logs' FROM nothing", param_x="a-value-nobody-logs")
    httpx.get(server.url, params={"query": "SELECT 1"}, auth=("api_reader", "a-key-nobody-logs"))
    said = server.said()
    assert '"code":"60"' in said
    assert "nobody-logs" not in said
