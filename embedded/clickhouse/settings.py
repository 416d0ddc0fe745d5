"""What the embedded ClickHouse server can be told from outside."""

from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct, field

from configuration import InvalidSettings

NAMED_USERS = ("etl_writer", "migrator", "api_reader", "analyst")
"""The users that exist when a password is given for them."""

LOOPBACK = ("127.0.0.1", "::1")

Port = Annotated[int, Meta(ge=1, le=65535)]


class Settings(Struct, frozen=True, kw_only=True):
    """One frozen object per process. Not in the README: the stack sets all of it."""

    host: str = field(default=LOOPBACK[0], name="UGC_CLICKHOUSE_HOST")
    port: Port = field(default=8123, name="UGC_CLICKHOUSE_PORT")
    metrics_port: Port = field(default=9102, name="UGC_METRICS_PORT")
    data_dir: Path = field(default=Path(".data"), name="UGC_DATA_DIR")
    user_passwords: str = field(default="", name="UGC_CLICKHOUSE_PASSWORDS")

    @property
    def on_loopback(self) -> bool:
        """Whether only programs of this machine come in."""
        return self.host in LOOPBACK

    @property
    def path(self) -> Path:
        """The engine's folder."""
        return self.data_dir.absolute() / "clickhouse"

    @property
    def passwords(self) -> dict[str, str]:
        """By user, from `etl_writer=secret,analyst=...`; `default` needs none, and comes in only
        where no other machine does. Raises InvalidSettings."""
        passwords = {}
        for entry in filter(None, self.user_passwords.split(",")):
            user, _, password = entry.partition("=")
            if user not in NAMED_USERS or not password:
                known = ", ".join(NAMED_USERS)
                raise InvalidSettings(
                    f"UGC_CLICKHOUSE_PASSWORDS takes user=password for {known} only"
                )
            passwords[user] = password
        if self.on_loopback:
            passwords["default"] = ""
        elif not passwords:
            raise InvalidSettings(
                f"UGC_CLICKHOUSE_HOST {self.host} can be reached from elsewhere, where nobody "
                "comes in without a password: UGC_CLICKHOUSE_PASSWORDS is empty"
            )
        return passwords
