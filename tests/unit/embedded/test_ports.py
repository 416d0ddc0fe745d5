import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from embedded import ports
from embedded.errors import CannotStart
from embedded.settings import HOST, Settings


@pytest.fixture(autouse=True)
def no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "LET_GO", 0)


@pytest.fixture
def block() -> Iterator[range]:
    with ports.free_block() as block:
        yield block


def test_the_default_ports_do_not_collide() -> None:
    wanted = ports.ports(Settings(Path(), brokers=3, api_processes=4))
    numbers = [port.number for port in wanted]
    assert len(numbers) == len(set(numbers)) == 1 + 6 + 2 + 1 + 4


def test_what_is_outside_needs_no_port() -> None:
    settings = Settings(Path(), external_kafka="k:1", external_clickhouse="http://c:1")
    assert {port.number for port in ports.ports(settings)} == {8000, 9100, 9101}


def test_a_busy_port_is_named_with_its_variable_and_purpose(block: range) -> None:
    elsewhere = Settings(
        Path(),
        http_port=block[2],
        clickhouse_port=block[3],
        kafka_port=block[0],
        metrics_port=block[4],
    )
    with socket.create_server((HOST, block[1])), pytest.raises(CannotStart) as refusal:
        ports.check(ports.ports(elsewhere))
    assert str(refusal.value) == (
        f"port {block[1]} (UGC_KAFKA_PORT + 1, for Kafka controller 1) is busy: "
        "free it or move UGC_KAFKA_PORT"
    )


def test_a_server_that_shares_its_port_still_makes_it_busy(block: range) -> None:
    with socket.create_server((HOST, block[0]), reuse_port=True):
        assert not ports.is_free(block[0])


def test_a_server_on_every_address_makes_the_port_busy(block: range) -> None:
    with socket.create_server(("", block[0])):
        assert not ports.is_free(block[0])


def test_connections_of_a_server_that_is_gone_do_not_count(block: range) -> None:
    with socket.create_server((HOST, block[0])) as server:
        client = socket.create_connection((HOST, block[0]))
        accepted, _ = server.accept()
        accepted.close()  # closed here first: TIME_WAIT stays on the server's side
        client.close()
    with socket.socket() as strict, pytest.raises(OSError, match="in use"):
        strict.bind((HOST, block[0]))
    assert ports.is_free(block[0])


def test_two_variables_with_one_port_are_both_named() -> None:
    settings = Settings(Path(), http_port=9093)
    with pytest.raises(
        CannotStart, match=r"9093 \(UGC_HTTP_PORT, .* second time: .*KAFKA_PORT \+ 1"
    ):
        ports.check(ports.ports(settings))


def test_a_port_beyond_the_last_is_refused_before_anything_starts() -> None:
    with pytest.raises(CannotStart, match=r"65536.*UGC_METRICS_PORT \+ 1"):
        ports.check(ports.ports(Settings(Path(), metrics_port=65535)))


def test_blocks_of_stacks_beside_each_other_share_no_port(block: range) -> None:
    with ports.free_block() as other:
        assert not set(block) & set(other)
