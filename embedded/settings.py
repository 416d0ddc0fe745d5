"""Where a stack lives: its ports, its folder, its size. Read once from the environment.

Two stacks run side by side when their ports and `UGC_DATA_DIR` differ.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from embedded.errors import CannotStart

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"  # everything embedded is reachable from this machine only


@dataclass(frozen=True)
class Settings:
    """One stack. `environ` is handed to every child, what the stack itself decides on top."""

    data_dir: Path
    http_port: int = 8000
    kafka_port: int = 9092
    clickhouse_port: int = 8123
    metrics_port: int = 9100
    brokers: int = 1
    api_processes: int = 1
    external_kafka: str = ""
    external_clickhouse: str = ""
    kafka_libs: Path = ROOT / ".kafka" / "libs"
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> "Settings":
        brokers = _number(environ, "UGC_BROKERS", 1, lowest=1, highest=3)
        if brokers == 2:
            raise CannotStart(
                "UGC_BROKERS=2: two brokers lose their quorum with either; use 1 or 3"
            )
        return cls(
            data_dir=Path(environ.get("UGC_DATA_DIR") or ".data").absolute(),
            http_port=_port(environ, "UGC_HTTP_PORT", 8000),
            kafka_port=_port(environ, "UGC_KAFKA_PORT", 9092),
            clickhouse_port=_port(environ, "UGC_CLICKHOUSE_PORT", 8123),
            metrics_port=_port(environ, "UGC_METRICS_PORT", 9100),
            brokers=brokers,
            api_processes=_number(environ, "UGC_API_PROCESSES", 1, lowest=1, highest=64),
            external_kafka=environ.get("KAFKA_BOOTSTRAP_SERVERS", ""),
            external_clickhouse=environ.get("CH_URL", ""),
            environ=dict(environ),
        )

    @property
    def kafka_bootstrap(self) -> str:
        own = ",".join(f"{HOST}:{self.broker_port(n)}" for n in range(self.brokers))
        return self.external_kafka or own

    @property
    def clickhouse_url(self) -> str:
        return self.external_clickhouse or f"http://{HOST}:{self.clickhouse_port}"

    @property
    def api_url(self) -> str:
        return f"http://{HOST}:{self.http_port}"

    def broker_port(self, n: int) -> int:
        """Clients' port of broker `n`, from 0; its controller listens on the next one."""
        return self.kafka_port + 2 * n

    def api_metrics_port(self, n: int) -> int:
        return self.metrics_port + (10 + n if n else 0)

    def etl_metrics_port(self, n: int) -> int:
        return self.metrics_port + (1 if n == 0 else 30 + n)

    @property
    def clickhouse_metrics_port(self) -> int:
        return self.metrics_port + 2


def _port(environ: Mapping[str, str], name: str, default: int) -> int:
    return _number(environ, name, default, lowest=1, highest=65535)


def _number(environ: Mapping[str, str], name: str, default: int, lowest: int, highest: int) -> int:
    text = environ.get(name) or str(default)
    if not text.isascii() or not text.isdigit() or not lowest <= int(text) <= highest:
        raise CannotStart(f"{name}={text}: expected a number from {lowest} to {highest}")
    return int(text)
