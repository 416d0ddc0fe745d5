"""The shell scripts, as shellcheck reads them."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from embedded.settings import ROOT

NOT_OURS = re.compile(r"\.git|\.venv.*|\.kafka|\.data.*|\..*_cache|__pycache__|node_modules")
SHEBANG = re.compile(rb"#!.*\b(ba|da)?sh\b")


def scripts() -> Iterator[Path]:
    for folder, below, names in os.walk(ROOT):
        below[:] = [name for name in below if not NOT_OURS.fullmatch(name)]
        for path in (Path(folder, name) for name in names):
            with path.open("rb") as file:
                if SHEBANG.match(file.readline(100)):
                    yield path


def shellcheck(path: Path) -> str:
    command = [str(ROOT / ".venv/bin/shellcheck"), "--format=gcc", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    return done.stdout + done.stderr


SCRIPTS = sorted(scripts())


def test_all_of_them_are_looked_at() -> None:
    assert {ROOT / "embedded" / "setup", ROOT / ".ci" / "run"} <= set(SCRIPTS)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_is_wrong_with_it(script: Path) -> None:
    assert shellcheck(script) == ""


def test_a_mistake_is_found(tmp_path: Path) -> None:
    setup = (ROOT / "embedded" / "setup").read_text()
    broken = tmp_path / "setup"
    broken.write_text(setup.replace('[ -n "$kafka" ]', "[ -n $kafka ]"))
    assert "SC2070" in shellcheck(broken)
