"""How the process starts, stops, dies, and comes back with what it acknowledged."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from tests.integration.embedded_clickhouse.server_process import ServerProcess

STOP_S = 10.0  # what the supervisor gives it


@pytest.fixture
def own(tmp_path: Path) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path) as started:
        started.wait_until_ready()
        yield started


def ended_within(server: ServerProcess, seconds: float) -> int:
    return server.process.wait(seconds)


def test_it_leads_its_own_session(own: ServerProcess) -> None:
    assert os.getsid(own.process.pid) == own.process.pid


def test_a_stop_is_an_ordinary_end_and_the_data_stays(own: ServerProcess) -> None:
    own.ask("CREATE TABLE kept (id UInt64) ENGINE = MergeTree ORDER BY id")
    own.ask("INSERT INTO kept VALUES (1)")
    own.process.send_signal(signal.SIGTERM)
    assert ended_within(own, STOP_S) == 0
    with ServerProcess(own.folder) as again:
        again.wait_until_ready()
        assert again.ask("SELECT * FROM kept") == "1"
        assert again.ask("SELECT engine FROM system.databases WHERE name = 'default'") == "Atomic"


def test_a_stop_does_not_wait_for_a_running_query_or_an_open_insert(own: ServerProcess) -> None:
    own.ask("CREATE TABLE kept (id UInt64) ENGINE = MergeTree ORDER BY id")
    release = threading.Event()

    def rows() -> Iterator[bytes]:
        yield b"1\n" * 1000
        release.wait(20)

    def ask(query: str, content: Iterator[bytes]) -> None:
        with suppress(httpx.TransportError):
            httpx.post(own.url, params={"query": query}, content=content, timeout=20)

    clients = [
        threading.Thread(target=ask, args=("INSERT INTO kept FORMAT TSV", rows())),
        threading.Thread(
            target=ask,
            args=(
                "SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 1",
                iter([]),
            ),
        ),
    ]
    for client in clients:
        client.start()
    own.wait_until("SELECT count() FROM system.processes WHERE query NOT LIKE '%processes%'", "1")
    deadline = time.monotonic() + 10
    while own.arriving() < 2000:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    own.process.send_signal(signal.SIGTERM)
    assert ended_within(own, STOP_S) == 0
    release.set()
    for client in clients:
        client.join(10)
    with ServerProcess(own.folder) as again:
        again.wait_until_ready()
        assert again.ask("SELECT count() FROM kept") == "0"


def test_killed_while_inserting_it_comes_back_with_all_it_acknowledged(own: ServerProcess) -> None:
    own.ask("CREATE TABLE kept (id UInt64) ENGINE = MergeTree ORDER BY id")
    acknowledged: list[int] = []

    def write(first: int) -> None:
        with httpx.Client() as client:
            for batch in range(first, first + 1_000_000, 100):
                rows = "".join(f"{number}\n" for number in range(batch, batch + 100))
                try:
                    answer = client.post(
                        own.url, params={"query": "INSERT INTO kept FORMAT TSV"}, content=rows
                    )
                except httpx.TransportError:
                    return
                if answer.status_code == 200:
                    acknowledged.append(batch)

    writers = [threading.Thread(target=write, args=(n * 1_000_000,)) for n in range(3)]
    for writer in writers:
        writer.start()
    deadline = time.monotonic() + 20
    while len(acknowledged) < 60:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    own.process.kill()
    own.process.wait(10)
    for writer in writers:
        writer.join(10)
    with ServerProcess(own.folder) as again:
        again.wait_until_ready()
        stored = again.ask("SELECT id FROM kept ORDER BY id").split("\n")
    expected = {str(number) for batch in acknowledged for number in range(batch, batch + 100)}
    assert expected <= set(stored)
    assert len(stored) == len(set(stored))
    assert len(stored) % 100 == 0


def test_a_second_process_on_the_folder_says_so_and_ends(own: ServerProcess) -> None:
    with ServerProcess(own.folder) as second:
        assert ended_within(second, 20) == 1
        lines = [line for line in second.said().splitlines() if "cannot start" in line]
        assert len(lines) == 1
        assert "another process" in lines[0]
    assert own.ask("SELECT 1") == "1"


def test_a_port_that_is_taken_is_one_clear_line(own: ServerProcess, tmp_path: Path) -> None:
    with_port = ServerProcess(tmp_path / "other")
    with_port.folder.mkdir()
    with_port.port = own.port
    with with_port as second:
        assert ended_within(second, 20) != 0
        assert "address already in use" in second.said()


def test_where_other_machines_come_in_nobody_does_without_a_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UGC_CLICKHOUSE_HOST", "0.0.0.0")  # noqa: S104
    with ServerProcess(tmp_path) as server:
        server.wait_until_ready()
        ask = {"query": "SELECT 1"}
        assert httpx.get(server.url, params=ask).headers["X-ClickHouse-Exception-Code"] == "516"
        by_name = {"Host": "clickhouse-node1:8123"}
        known = ("analyst", "analyst-secret")
        assert httpx.get(server.url, params=ask, headers=by_name, auth=known).text == "1\n"
