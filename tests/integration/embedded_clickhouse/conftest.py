"""One server for the tests that only ask; those that stop or kill it start their own."""

from collections.abc import Iterator

import pytest

from tests.integration.embedded_clickhouse.server_process import ServerProcess


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path_factory.mktemp("clickhouse")) as started:
        started.wait_until_ready()
        yield started


@pytest.fixture
def table(server: ServerProcess, request: pytest.FixtureRequest) -> str:
    """An empty table `(id UInt64, text String)` with a name of this test's own."""
    name = "t_" + "".join(c if c.isalnum() else "_" for c in request.node.name)
    server.ask(f"CREATE TABLE {name} (id UInt64, text String) ENGINE = MergeTree ORDER BY id")
    return name
