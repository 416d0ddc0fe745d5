"""The files of ClickHouse's servers, as the real engine loads them; in a process of its own.

The engine takes part of them only: what it does not look at, test_clickhouse_files.py names.
"""

import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from compose import prepare
from embedded.settings import ROOT

PLACE = {"CH_SHARD": "2", "CH_REPLICA": "1"}
SECRETS = {name: f"made-up-{name}" for name in prepare.NAMES}
CONFIG = "<clickhouse><users_config>{folder}/users.xml</users_config></clickhouse>"
USERS = """<clickhouse>
    <profiles><default/></profiles><quotas><default/></quotas>
    <users><default>
        <password/><networks><ip>::/0</ip></networks><profile>default</profile>
    </default></users>
</clickhouse>"""
"""The part of the server's own users.xml that ours build on."""

WHO_ASKS = """<clickhouse><users><default>
    <password/><networks><ip>::/0</ip></networks><profile>default</profile>
    <grants><query>GRANT ALL ON *.*</query></grants>
</default></users></clickhouse>"""
"""The engine asks as `default`, whom ours remove."""


@dataclass(frozen=True)
class Loaded:
    refusal: str
    """What the engine says of files that it does not take; nothing else is known then."""
    answers: Mapping[str, Sequence[Sequence[str]]]
    """Rows of each statement; one row of the error of the last, if it failed."""
    logs: frozenset[str]
    """The names of all system logs, used or not."""


def loaded(
    clickhouse: Path,
    statements: Sequence[str],
    folders: Sequence[str] = ("config.d", "cluster.d"),
    as_default: bool = True,
) -> Loaded:
    """These folders and users.d in `clickhouse`, at shard 2, replica 1."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        _lay_out(clickhouse, folders, folder)
        if as_default:
            (folder / "users.d/zz.xml").write_text(WHO_ASKS)
        done = subprocess.run(
            [sys.executable, "-m", "tests.repository.clickhouse_engine", str(folder)],
            input=json.dumps(statements),
            env={"PATH": os.environ["PATH"], "TZ": "UTC", **PLACE},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    refused = re.findall(r"Code: \d+\. DB::Exception: .*", done.stderr)
    if done.returncode:
        assert refused, done.stderr
        return Loaded("\n".join(refused), {}, frozenset())
    answers = dict(zip(statements, json.loads(done.stdout.splitlines()[-1]), strict=False))
    return Loaded("", answers, frozenset(re.findall(r"reating system\.(\w+)", done.stderr)))


def trees(copy: Path, *folders: str) -> list[ET.Element]:
    files = (file for folder in folders for file in (copy / "clickhouse" / folder).iterdir())
    return [ET.parse(file).getroot() for file in sorted(files)]  # noqa: S314 - files of ours


def _lay_out(clickhouse: Path, folders: Sequence[str], folder: Path) -> None:
    for into, origins in (("config.d", folders), ("users.d", ("users.d",))):
        (folder / into).mkdir()
        for file in (file for origin in origins for file in (clickhouse / origin).iterdir()):
            text = file.read_text().replace("/run/secrets/", f"{folder}/secrets/")
            (folder / into / file.name).write_text(
                text.replace(">/backups/", f">{folder}/backups/")
            )
    (folder / "secrets").mkdir()
    for name, text in prepare.clickhouse(SECRETS):
        (folder / "secrets" / name).write_text(text)
    (folder / "config.xml").write_text(CONFIG.format(folder=folder))
    (folder / "users.xml").write_text(USERS)


def main(folder: str) -> int:
    from chdb import _chdb  # starts the engine: in this process only

    library: Any = _chdb
    library.set_signal_handlers_enabled(0)
    connection = library.connect(f"{folder}/data?config-file={folder}/config.xml")
    answers: list[list[list[str]]] = []
    for statement in json.load(sys.stdin):
        try:
            said = connection.query(statement.encode(), "TabSeparated").bytes().decode()
        except RuntimeError as error:  # the rest may hang after it
            answers.append([[str(error)]])
            break
        answers.append([row.split("\t") for row in said.splitlines()])
    sys.stdout.write("\n" + json.dumps(answers) + "\n")
    return 0


if __name__ == "__main__":
    code = main(sys.argv[1])
    sys.stdout.flush()
    os._exit(code)  # nothing of it is kept
