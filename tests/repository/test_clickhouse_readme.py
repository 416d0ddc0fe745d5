"""What an operator copies from clickhouse/README.md is what ClickHouse can read."""

from pathlib import Path

from tests.integration.embedded_clickhouse.server_process import ServerProcess
from tests.repository.clickhouse_readme import statements


def test_its_statements_are_read_by_the_engine(tmp_path: Path) -> None:
    found = statements()
    assert len(found) >= 20
    with ServerProcess(tmp_path) as server:
        server.wait_until_ready()
        for statement in found:
            quoted = statement.replace("\\", "\\\\").replace("'", "\\'")
            server.ask(f"SELECT formatQuery('{quoted}')")
        assert server.post("SELECT formatQuery('DROP TABEL x')").status_code != 200
