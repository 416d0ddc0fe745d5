"""Kafka and ClickHouse that run elsewhere, for the stack that tests share, instead of its children.

`TEST_X` is what that stack is given as `X` (TEST_KAFKA_BOOTSTRAP_SERVERS, TEST_CH_URL, ...), and
TEST_CLICKHOUSE_PASSWORDS the path of a file with `user=password,...`. The docker-compose.test.yaml
sets them. Stacks that a test has for itself, to kill and to break, are always its own children.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path

PREFIX = "TEST_"
PASSWORDS = "TEST_CLICKHOUSE_PASSWORDS"


def elsewhere() -> Mapping[str, str]:
    """The variables of the shared stack that say where its services are; none without them."""
    given = {k.removeprefix(PREFIX): v for k, v in os.environ.items() if k.startswith(PREFIX)}
    if given:
        given["CH_PASSWORD"] = _passwords()[given["CH_USER"]]
    return given


def know_the_passwords(data_dir: Path) -> None:
    """The users of that ClickHouse, where a stack keeps those of its own."""
    data_dir.mkdir(parents=True)
    known = {
        "jwt_secret": "signs-the-tokens-of-one-test-run-only",
        "clickhouse_passwords": _passwords(),
    }
    (data_dir / "credentials.json").write_text(json.dumps(known))


def _passwords() -> dict[str, str]:
    listed = Path(os.environ[PASSWORDS]).read_text().strip().split(",")
    return dict(entry.split("=", 1) for entry in listed)
