"""The secrets of a stack, made once and kept in its folder, readable by their owner only."""

import json
import os
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path

CLICKHOUSE_USERS = ("etl_writer", "migrator", "api_reader", "analyst")


@dataclass(frozen=True)
class Credentials:
    jwt_secret: str = field(default_factory=lambda: secrets.token_urlsafe(48), repr=False)
    clickhouse_passwords: dict[str, str] = field(
        default_factory=lambda: {user: secrets.token_urlsafe(18) for user in CLICKHOUSE_USERS},
        repr=False,
    )

    @classmethod
    def load(cls, data_dir: Path) -> "Credentials":
        """Those made earlier; FileNotFoundError when none were."""
        return cls(**json.loads(_file(data_dir).read_text()))

    @classmethod
    def load_or_make(cls, data_dir: Path) -> "Credentials":
        try:
            found = cls.load(data_dir)
            if set(found.clickhouse_passwords) == set(CLICKHOUSE_USERS):
                return found
            made = cls(found.jwt_secret)  # the folder is older than these users
        except FileNotFoundError:
            made = cls()
        data_dir.mkdir(parents=True, exist_ok=True)
        unfinished = _file(data_dir).with_suffix(f".{os.getpid()}")
        with os.fdopen(
            os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w"
        ) as file:
            json.dump(asdict(made), file, indent=2)
        unfinished.rename(_file(data_dir))
        return made


def _file(data_dir: Path) -> Path:
    return data_dir / "credentials.json"
