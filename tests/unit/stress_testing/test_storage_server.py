"""The PostgreSQL of `make storage`: which one it takes."""

from pathlib import Path

import pytest
from storage import postgres_server
from storage.postgres_server import binaries

from embedded.errors import CannotStart


def test_the_newest_is_taken_that_can_do_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_server, "PACKAGED", tmp_path)
    for version in ("9", "14"):
        with pytest.raises(CannotStart, match="no PostgreSQL 15 or later"):
            binaries()
        _install(tmp_path / version / "bin")
    for version in ("15", "100", "16"):
        _install(tmp_path / version / "bin")
    assert binaries() == tmp_path / "100" / "bin"


def _install(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "initdb").touch()
