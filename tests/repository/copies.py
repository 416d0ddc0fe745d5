"""Copies of what the containers are made from, one of them with a mistake in it."""

import shutil
from pathlib import Path

from embedded.settings import ROOT

Change = tuple[str, str, str]  # in this file, this text becomes that
FILES = (
    "docker-compose.yaml", "docker-compose.test.yaml", "Dockerfile", ".env.example",
    "embedded/kafka/pom.xml",
)  # fmt: skip
FOLDERS = ("clickhouse", "compose", "kafka", "nginx", "secrets")


def a_copy(folder: Path, change: Change) -> Path:
    """The change has to change something."""
    for name in FILES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    for name in FOLDERS:
        shutil.copytree(ROOT / name, folder / name)
    name, old, new = change
    text = (folder / name).read_text()
    assert old in text, change
    (folder / name).write_text(text.replace(old, new, 1))
    return folder
