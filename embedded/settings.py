"""Where a stack lives: its ports, its folder, its size. Read once from the environment.

Two stacks run side by side when their ports and `UGC_DATA_DIR` differ.
"""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct, field
from msgspec.structs import replace

from configuration import InvalidSettings, load
from embedded.errors import CannotStart

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"  # everything embedded is reachable from this machine only

Port = Annotated[int, Meta(ge=1, le=65535)]


def find_nginx(environ: Mapping[str, str]) -> Path | None:
    """The binary, on the caller's PATH or where Debian puts it, which is on root's alone."""
    path = os.pathsep.join([environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"])
    found = shutil.which("nginx", path=path)
    return None if found is None else Path(found)


class Settings(Struct, frozen=True):
    """One stack. `environ` is handed to every child, what the stack itself decides on top."""

    data_dir: Annotated[
        Path, Meta(description="data, made secrets, the lock of the running stack")
    ] = field(default=Path(".data"), name="UGC_DATA_DIR")
    http_port: Annotated[Port, Meta(description="HTTP port of the API")] = field(
        default=8000, name="UGC_HTTP_PORT"
    )
    nginx_port: Annotated[
        int,
        Meta(
            ge=0, le=65535, description="nginx, the front door, where it is installed; 0 = without"
        ),
    ] = field(default=8088, name="UGC_NGINX_PORT")
    kafka_port: Annotated[
        Port, Meta(description="Kafka; controller on the next port, further brokers on next pairs")
    ] = field(default=9092, name="UGC_KAFKA_PORT")
    clickhouse_port: Annotated[Port, Meta(description="ClickHouse over HTTP")] = field(
        default=8123, name="UGC_CLICKHOUSE_PORT"
    )
    metrics_port: Annotated[
        Port,
        Meta(description="metrics of the API; ETL +1, ClickHouse +2, second API process +11 ..."),
    ] = field(default=9100, name="UGC_METRICS_PORT")
    brokers: Annotated[
        int, Meta(ge=1, le=3, description="1 or 3 (then three copies); for the life of the folder")
    ] = field(default=1, name="UGC_BROKERS")
    api_processes: Annotated[
        int, Meta(ge=1, le=64, description="API processes that share the HTTP port")
    ] = field(default=1, name="UGC_API_PROCESSES")
    nginx_rate: Annotated[
        int,
        Meta(ge=0, description="requests a second that nginx takes of an address; 0 = any"),
    ] = field(default=0, name="UGC_NGINX_RATE")
    external_kafka: Annotated[
        str, Meta(description="Kafka that runs elsewhere, instead of the child")
    ] = field(default="", name="KAFKA_BOOTSTRAP_SERVERS")
    external_clickhouse: Annotated[
        str, Meta(description="ClickHouse that runs elsewhere, instead of the child")
    ] = field(default="", name="CH_URL")
    external_front: Annotated[
        str, Meta(description="front door of a stack that runs elsewhere, for `make demo`")
    ] = field(default="", name="UGC_FRONT_URL")
    kafka_libs: Path = ROOT / ".kafka" / "libs"
    nginx: Path | None = None  # its binary
    environ: dict[str, str] = field(default_factory=dict)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> "Settings":
        """Raises CannotStart."""
        try:
            settings = load(cls, environ)
        except InvalidSettings as error:
            raise CannotStart(str(error)) from None
        if settings.brokers == 2:
            raise CannotStart("UGC_BROKERS: two brokers lose their quorum with either; use 1 or 3")
        return replace(
            settings,
            data_dir=settings.data_dir.absolute(),
            nginx=find_nginx(environ) if settings.nginx_port else None,
            environ=dict(environ),
        )

    def __repr__(self) -> str:
        """Without the environment: it holds secrets."""
        return f"Settings({self.data_dir}, {self.http_port})"

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

    @property
    def front_url(self) -> str:
        """Where clients are sent: nginx, or the API itself where there is none."""
        if self.external_front:
            return self.external_front.rstrip("/")
        return self.api_url if self.nginx is None else f"http://{HOST}:{self.nginx_port}"

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
