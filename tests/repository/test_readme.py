"""The README says what is so."""

import re
import subprocess
from pathlib import Path

import pytest

from embedded.settings import ROOT
from tests.repository.settings_tables import README, with_tables

TEXT = README.read_text(encoding="utf-8")
OF_CLICKHOUSE = (ROOT / "clickhouse" / "README.md").read_text(encoding="utf-8")
DOCUMENTS = [
    README,
    ROOT / "clickhouse" / "README.md",
    ROOT / "clients" / "README.md",
    ROOT / "kafka" / "README.md",
    ROOT / "nginx" / "README.md",
    ROOT / "stress-testing" / "README.md",
    ROOT / "stress-testing" / "capacity" / "README.md",
    ROOT / "stress-testing" / "storage" / "README.md",
    *sorted((ROOT / "architecture").rglob("*.md")),
]


def test_its_settings_tables_are_those_of_the_code() -> None:
    """If not: python -m tests.repository.settings_tables"""
    assert with_tables(TEXT) == TEXT


def test_its_targets_are_those_of_the_makefile() -> None:
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    listed = re.findall(r"^\| `make ([a-z-]+)` \| (.*) \|$", TEXT, flags=re.MULTILINE)
    offered = dict(line.split(maxsplit=1) for line in shown.stdout.splitlines())
    assert dict(listed).items() <= {**offered, "setup": dict(listed)["setup"]}.items()
    assert offered.keys() <= dict(listed).keys()


@pytest.mark.parametrize(
    ("module", "command", "arguments"),
    sorted(set(re.findall(r"-m (etl|ugc_api)\b ?([\w-]*)([^`\n]*)", TEXT + OF_CLICKHOUSE))),
)
def test_its_commands_are_taken_as_they_stand(module: str, command: str, arguments: str) -> None:
    given = [*command.split(), "--check", *arguments.split()]
    done = subprocess.run(
        [str(ROOT / ".venv/bin/python"), "-m", module, *given],
        cwd=ROOT,
        env={"SECURITY_JWT_AUTH_SECRET_KEY": "x" * 32},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_relative_links_lead_somewhere(document: Path) -> None:
    text = re.sub(r"```.*?```", "", document.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
        if not target.startswith(("http://", "https://")):
            assert (document.parent / target).exists(), target
