"""The ports of a stack: known before anything starts, so that a busy one is a clear message.

Also blocks of free ports for tests and benchmarks, disjoint among stacks of this machine.
"""

import fcntl
import itertools
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from embedded.errors import CannotStart
from embedded.settings import HOST, Settings

# below the kernel's ephemeral range (from 32768): no outgoing connection takes one of them
BLOCKS = range(20000, 32000, 60)
# a predecessor killed a moment ago may take that long to let go of its ports
LET_GO = 1.5


@dataclass(frozen=True)
class Port:
    number: int
    variable: str  # what moves it
    purpose: str
    offset: int = 0  # from the variable's value

    def __str__(self) -> str:
        plus = f" + {self.offset}" if self.offset else ""
        return f"{self.number} ({self.variable}{plus}, for {self.purpose})"


def ports(settings: Settings) -> list[Port]:
    """Every port the stack will listen on, all on loopback."""
    found = [Port(settings.http_port, "UGC_HTTP_PORT", "the API")]
    if settings.nginx is not None:
        found.append(Port(settings.nginx_port, "UGC_NGINX_PORT", "nginx"))
    if not settings.external_kafka:
        for n in range(settings.brokers):
            port = settings.broker_port(n)
            found += [
                Port(port, "UGC_KAFKA_PORT", f"Kafka broker {n + 1}", 2 * n),
                Port(port + 1, "UGC_KAFKA_PORT", f"Kafka controller {n + 1}", 2 * n + 1),
            ]
    if not settings.external_clickhouse:
        found.append(Port(settings.clickhouse_port, "UGC_CLICKHOUSE_PORT", "ClickHouse"))
        found.append(_metrics(settings, settings.clickhouse_metrics_port, "ClickHouse"))
    found.append(_metrics(settings, settings.etl_metrics_port(0), "the ETL"))
    for n in range(settings.api_processes):
        found.append(_metrics(settings, settings.api_metrics_port(n), f"API process {n}"))
    return found


def check(wanted: list[Port]) -> None:
    """Raise CannotStart, naming each port that is taken, too high or wanted twice."""
    problems = [f"port {port} does not exist" for port in wanted if port.number > 65535]
    for one, other in itertools.combinations(wanted, 2):
        if one.number == other.number:
            problems.append(f"port {one} is wanted a second time: {other}")
    if not problems:
        problems = [
            f"port {port} is busy: free it or move {port.variable}" for port in _busy(wanted)
        ]
    if problems:
        raise CannotStart("\n".join(problems))


def is_free(number: int) -> bool:
    """Whether a server could listen there now; connections in TIME_WAIT do not count."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, number))
        except OSError:
            return False
        return True


@contextmanager
def free_block(size: int = 60) -> Iterator[range]:
    """Reserve consecutive free ports until the context ends, also against other processes."""
    for start in BLOCKS:
        block = range(start, start + size)
        with (Path(tempfile.gettempdir()) / f"ugc-ports-{start}.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue
            if all(map(is_free, block)):
                yield block
                return
    raise CannotStart(f"no {size} free ports in a row from {BLOCKS.start} to {BLOCKS.stop}")


def _busy(wanted: list[Port]) -> list[Port]:
    deadline = time.monotonic() + LET_GO
    while (busy := [port for port in wanted if not is_free(port.number)]) and (
        time.monotonic() < deadline
    ):
        time.sleep(0.05)
    return busy


def _metrics(settings: Settings, number: int, of: str) -> Port:
    offset = number - settings.metrics_port
    return Port(number, "UGC_METRICS_PORT", f"metrics of {of}", offset)
