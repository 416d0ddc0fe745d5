"""Where ClickHouse is and who asks: the same variables for whoever reads or writes there."""

from typing import Annotated

from msgspec import Meta, Struct, field


class ClickHouse(Struct, frozen=True, kw_only=True):
    """To be inherited by a process's settings."""

    clickhouse_url: Annotated[
        str, Meta(description="ClickHouse nodes over HTTP, comma separated; wins over `CH_HOST`")
    ] = field(default="", name="CH_URL")
    clickhouse_host: Annotated[str, Meta(description="one ClickHouse node")] = field(
        default="127.0.0.1", name="CH_HOST"
    )
    clickhouse_port: Annotated[int, Meta(ge=1, le=65535, description="its HTTP port")] = field(
        default=8123, name="CH_PORT"
    )
    clickhouse_user: Annotated[
        str, Meta(description="ClickHouse user; the API's need only read")
    ] = field(default="default", name="CH_USER")
    clickhouse_password: Annotated[str, Meta(description="its password")] = field(
        default="", name="CH_PASSWORD"
    )
    clickhouse_cluster: Annotated[
        str,
        Meta(
            pattern="^[A-Za-z0-9_]*$",
            description="cluster named in the migrations; empty = one node",
        ),
    ] = field(default="", name="CH_CLUSTER")

    @property
    def clickhouse_nodes(self) -> list[str]:
        """Base URLs, at least one."""
        if self.clickhouse_url:
            return [node.strip() for node in self.clickhouse_url.split(",") if node.strip()]
        return [f"http://{self.clickhouse_host}:{self.clickhouse_port}"]
