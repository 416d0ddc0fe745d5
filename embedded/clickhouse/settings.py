"""What the embedded ClickHouse server can be told from outside."""

from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from configuration import InvalidSettings

NAMED_USERS = ("writer", "migrator", "reader", "analyst")
"""The users that exist when a password is given for them; `default` always exists."""

Port = Annotated[int, Meta(ge=1, le=65535)]


class Settings(Struct, frozen=True, kw_only=True):
    """One frozen object per process. Not in the README: the stack sets all of it."""

    # The engine has no users, and its user `default` needs no password here: nobody else's
    # machine may reach it.
    host: Literal["127.0.0.1", "::1"] = field(default="127.0.0.1", name="UGC_CLICKHOUSE_HOST")
    port: Port = field(default=8123, name="UGC_CLICKHOUSE_PORT")
    metrics_port: Port = field(default=9102, name="UGC_METRICS_PORT")
    data_dir: Path = field(default=Path(".data"), name="UGC_DATA_DIR")
    user_passwords: str = field(default="", name="UGC_CLICKHOUSE_PASSWORDS")

    @property
    def path(self) -> Path:
        """The engine's folder."""
        return self.data_dir.absolute() / "clickhouse"

    @property
    def passwords(self) -> dict[str, str]:
        """By user, from `writer=secret,reader=...`. Raises InvalidSettings."""
        passwords = {}
        for entry in filter(None, self.user_passwords.split(",")):
            user, _, password = entry.partition("=")
            if user not in NAMED_USERS or not password:
                known = ", ".join(NAMED_USERS)
                raise InvalidSettings(
                    f"UGC_CLICKHOUSE_PASSWORDS takes user=password for {known} only"
                )
            passwords[user] = password
        return passwords
