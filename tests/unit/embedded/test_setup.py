"""The script behind the make targets, as far as it installs nothing."""

import shutil
import subprocess
from pathlib import Path

import pytest

from embedded.settings import ROOT


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "embedded").mkdir()
    shutil.copy(ROOT / "embedded" / "setup", tmp_path / "embedded" / "setup")
    return tmp_path


def setup(project: Path, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [project / "embedded" / "setup", *arguments],
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=10,
    )


def test_the_environment_wins_over_the_file(project: Path) -> None:
    (project / ".env").write_text('# ours\nA=1\nB="two words"\nexport\nC=$HOME `id`\n\nD=\n')
    seen = setup(project, "--env", "--", "env", A="given").stdout.splitlines()
    assert {"A=given", "B=two words", "C=$HOME `id`", "D="} <= set(seen)


def test_tests_do_not_see_the_file(project: Path) -> None:
    (project / ".env").write_text("A=1\n")
    assert "A=1" not in setup(project, "--", "env").stdout


def test_what_is_there_already_is_not_made_again(project: Path) -> None:
    (project / "requirements-dev.txt").write_text("one==1\n")
    (project / ".venv" / "bin").mkdir(parents=True)
    (project / ".venv" / "bin" / "python").symlink_to("/bin/true")
    (project / ".venv" / "installed.txt").write_text("one==1\n")
    done = setup(project, "python", "--", "echo", "go")
    assert (done.returncode, done.stdout, done.stderr) == (0, "go\n", "")


def test_an_nginx_outside_of_a_users_path_is_found(project: Path) -> None:
    done = setup(project, "nginx", "--", "echo", "go")
    assert (done.returncode, done.stdout, done.stderr) == (0, "go\n", "")


@pytest.mark.parametrize("version", ["v18.20.4", "v16.20.2", ""])
def test_a_node_before_18_is_as_good_as_none(project: Path, version: str) -> None:
    tools = project / "bin"
    tools.mkdir()
    for tool in ("bash", "dirname", "sed", "xargs", "flock", "id", "echo"):  # but no apt-get
        (tools / tool).symlink_to(f"/usr/bin/{tool}")
    if version:
        (tools / "node").write_text(f"#!/bin/sh\necho {version}\n")
        (tools / "node").chmod(0o755)
    done = setup(project, "node", "--", "echo", "go", PATH=str(tools))
    if version == "v18.20.4":
        assert (done.returncode, done.stdout, done.stderr) == (0, "go\n", "")
    else:
        assert done.returncode == 1
        assert "needed: " in done.stderr
        assert "Node 18+" in done.stderr


def test_the_commands_exit_code_is_the_scripts(project: Path) -> None:
    assert setup(project, "--", "sh", "-c", "exit 7").returncode == 7
