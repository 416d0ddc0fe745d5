"""The job `prepare` on a host of its own."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from compose import prepare


@dataclass
class Host:
    """The volumes of the job, and whom it gave which file to: only root may really do so."""

    folder: Path
    capsys: pytest.CaptureFixture[str]
    owners: dict[int, int]

    def run(self, *arguments: str) -> tuple[int, str, str]:
        sys.argv = ["prepare", *arguments]
        code = prepare.main()
        return code, *self.capsys.readouterr()

    def give(self, name: str, value: str | bytes) -> None:
        given = self.folder / "given" / name
        given.write_bytes(value if isinstance(value, bytes) else value.encode())

    def out(self, consumer: str, name: str) -> str:
        return (self.folder / "out" / consumer / name).read_text()

    def all(self) -> dict[str, tuple[str, int, int]]:
        """Each file: its content, mode and owner."""
        files = (file for file in self.folder.rglob("*") if file.is_file())
        return {
            str(file.relative_to(self.folder)): (
                file.read_text(errors="replace"),
                file.stat().st_mode & 0o777,
                self.owners.get(file.stat().st_ino, -1),
            )
            for file in files
        }


@pytest.fixture
def host(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Host:
    for name in (
        "given",
        "kept",
        "backups",
        "mounted/nginx",
        *(f"out/{consumer}" for consumer in prepare.OWNERS),
    ):
        (tmp_path / name).mkdir(parents=True)
    for name in ("given", "kept", "out", "backups", "mounted"):
        monkeypatch.setattr(prepare, name.upper(), tmp_path / name)
    owners: dict[int, int] = {}

    def chown(what: int | Path, uid: int, gid: int) -> None:
        assert uid == gid
        owners[os.stat(what).st_ino] = uid  # noqa: PTH116 - a descriptor too

    monkeypatch.setattr(os, "fchown", chown)
    monkeypatch.setattr(os, "chown", chown)
    monkeypatch.setattr(sys, "argv", [])
    monkeypatch.delenv("TLS_NAMES", raising=False)
    return Host(tmp_path, capsys, owners)
