"""`/metrics` and `/readyz` over loopback, on a port of their own."""

import http.client
import socket
from collections.abc import Iterator

import pytest

from telemetry.exposition import serve
from telemetry.metrics import Declarations


class Port:
    """A running metrics port, and what its process still misses."""

    def __init__(self, host: str, tells: bool = True) -> None:
        self.declarations = Declarations()
        self.missing: list[str] = []
        self._host = host
        missing = (lambda: self.missing) if tells else None
        self.server = serve(host, 0, self.declarations.registry, missing)

    def ask(self, path: str, method: str = "GET") -> tuple[int, str, str]:
        """Status, media type and body."""
        connection = http.client.HTTPConnection(self._host, self.server.server_port, timeout=5)
        try:
            connection.request(method, path)
            answer = connection.getresponse()
            return answer.status, answer.headers.get_content_type(), answer.read().decode()
        finally:
            connection.close()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture(scope="module")
def shared() -> Iterator[Port]:
    running = Port("127.0.0.1")
    yield running
    running.close()  # takes half a second


@pytest.fixture
def port(shared: Port) -> Port:
    shared.missing = []
    return shared


def test_metrics_are_exposed_with_their_manual(port: Port) -> None:
    port.declarations.counter("ugc_things_total", "Things seen.", "look again", ["kind"]).labels(
        "old"
    ).inc(3)
    status, media_type, body = port.ask("/metrics")
    assert (status, media_type) == (200, "text/plain")
    assert "# HELP ugc_things_total Things seen. Remedy: look again\n" in body
    assert 'ugc_things_total{kind="old"} 3.0\n' in body
    assert "process_resident_memory_bytes" in body


def test_ready_when_nothing_is_missing(port: Port) -> None:
    assert port.ask("/readyz") == (200, "text/plain", "ready\n")


def test_what_is_missing_is_named(port: Port) -> None:
    port.missing = ["kafka", "clickhouse"]
    assert port.ask("/readyz") == (503, "text/plain", "kafka\nclickhouse\n")


@pytest.mark.parametrize("path", ["/", "/healthz", "/metrics/", "/%2e%2e/etc/passwd", "/readyz/x"])
def test_there_is_nothing_else(port: Port, path: str) -> None:
    assert port.ask(path)[0] == 404


def test_a_process_that_tells_its_readiness_elsewhere_tells_none_here() -> None:
    """One that always says ready would be believed."""
    elsewhere = Port("127.0.0.1", tells=False)
    assert elsewhere.ask("/readyz")[0] == 404
    assert elsewhere.ask("/metrics")[0] == 200
    elsewhere.server.shutdown()
    elsewhere.server.server_close()


def test_nothing_can_be_changed(port: Port) -> None:
    assert port.ask("/metrics", "POST")[0] == 501


def test_a_silent_connection_does_not_hold_up_others(port: Port) -> None:
    with socket.create_connection(("127.0.0.1", port.server.server_port)):
        assert port.ask("/readyz")[0] == 200


def test_scrapes_are_not_logged(port: Port, capfd: pytest.CaptureFixture[str]) -> None:
    port.ask("/metrics")
    assert capfd.readouterr() == ("", "")


def test_a_taken_port_is_an_error(port: Port) -> None:
    with pytest.raises(OSError, match="in use"):
        serve("127.0.0.1", port.server.server_port, port.declarations.registry)


def test_declarations_keep_their_order_and_kind() -> None:
    declarations = Declarations()
    declarations.counter("ugc_a_total", "A.", "a", ["x"])
    declarations.gauge("ugc_b", "B.", "b")
    declarations.histogram("ugc_c_seconds", "C.", "c", buckets=(1, 2))
    assert [entry.name for entry in declarations.declared] == [
        "ugc_a_total",
        "ugc_b",
        "ugc_c_seconds",
    ]
    assert declarations.declared[0].labels == ("x",)


def test_a_name_is_declared_once() -> None:
    declarations = Declarations()
    declarations.gauge("ugc_b", "B.", "b")
    with pytest.raises(ValueError, match="Duplicated"):
        declarations.gauge("ugc_b", "B.", "b")
