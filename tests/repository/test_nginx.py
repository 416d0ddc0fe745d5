"""The configuration of the front door, as nginx and as a security linter read it.

Each check is also shown a copy that it has to refuse.
"""

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from embedded import nginx
from embedded.settings import ROOT, find_nginx
from tests.stack import place

TABLE = (nginx.TEMPLATES / "problems.conf.template").read_text()
PROBLEMS = re.findall(r"^    (\d+) '(.*)';$", TABLE, re.MULTILINE)
Change = tuple[str, str, str]  # in this file, this text becomes that


def rendered(folder: Path, change: Change | None = None) -> Path:
    with place(folder) as settings:
        nginx.render(nginx.folder(settings), nginx.values(settings))
    if change is not None:
        name, old, new = change
        file = nginx.folder(settings) / name
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))
    return nginx.folder(settings)


def nginx_refuses(folder: Path) -> str:
    binary = find_nginx({})
    assert binary is not None, "no nginx here: embedded/setup nginx"
    command = [*nginx.command(binary, folder), "-t", "-q"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10)
    assert done.returncode == 0 or done.stderr
    return done.stderr  # warnings too


def gixy_finds(folder: Path) -> str:
    command = [str(ROOT / ".venv/bin/gixy"), "-f", "json", str(folder / "nginx.conf")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    found = json.loads(done.stdout)
    assert bool(found) == bool(done.returncode)
    return " ".join(sorted({issue["plugin"] for issue in found}))


@pytest.mark.parametrize("check", [nginx_refuses, gixy_finds])
def test_nothing_is_wrong_with_it(tmp_path: Path, check: Callable[[Path], str]) -> None:
    assert check(rendered(tmp_path)) == ""


@pytest.mark.parametrize(
    ("check", "change", "finding"),
    [
        (nginx_refuses, ("server.conf", "merge_slashes off", "merge_slashes of"), "invalid value"),
        (nginx_refuses, ("server.conf", "include proxy.conf", "include proxies.conf"), "proxies"),
        (nginx_refuses, ("log.conf", "$identity", "$identities"), 'unknown "identities" variable'),
        (nginx_refuses, ("rate.conf", "default 1;", "default 1; 127.0.0.0/8 1;"), "duplicate"),
        (gixy_finds, ("proxy.conf", "Host $host$port_of_host", "Host $http_host"), "host_spoofing"),
        (gixy_finds, ("proxy.conf", "http://api;", "http://api$uri;"), "http_splitting"),
    ],
)
def test_a_mistake_in_it_is_found(
    tmp_path: Path, check: Callable[[Path], str], change: Change, finding: str
) -> None:
    assert finding in check(rendered(tmp_path, change))


@pytest.mark.parametrize(("status", "members"), PROBLEMS)
def test_each_problem_is_json_and_explained_in_the_readme(status: str, members: str) -> None:
    problem = json.loads("{" + members + "}")
    assert list(problem) == ["title", "status", "code", "detail"]
    assert str(problem["status"]) == status
    told = (nginx.TEMPLATES / "README.md").read_text()
    rows = re.findall(r"^\| (\d[\d, ]*) \| (`.*?`) \|", told, re.MULTILINE)
    explained = {
        pair for row in rows for pair in zip(*(cell.split(", ") for cell in row), strict=True)
    }
    assert (status, f"`{problem['code']}`") in explained


def test_every_status_that_becomes_a_problem_is_one_of_them() -> None:
    server = (nginx.TEMPLATES / "server.conf.template").read_text()
    pages = re.findall(r"error_page ([\d ]+?)(?: =(\d+))? /problem;", server)
    answered = {status for given, other in pages for status in (other or given).split()}
    assert answered == {status for status, _ in PROBLEMS}
