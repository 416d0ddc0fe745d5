"""The Dockerfile, as hadolint reads it, and what its images have in them.

Each check is also shown a copy that it has to refuse.
"""

import ast
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from embedded.settings import ROOT
from etl.migrations import FOLDER
from tests.repository.dockerfile import Stage, last, lineage, stages

FILE = ROOT / "Dockerfile"
TARGETS = ("api", "etl", "embedded", "tests")
ENDS = {"tests"}
"""What runs to its end needs no health check."""

OURS = {file.parent.name for file in ROOT.glob("*/__init__.py")} | {"clients"}
FILES = {"etl": FOLDER.relative_to(ROOT)}
"""What a package of ours reads beside its modules."""


def hadolint_finds(file: Path) -> str:
    command = [str(ROOT / ".venv/bin/hadolint"), "--no-color", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    return done.stdout + done.stderr


def mighty(file: Path) -> str:
    users = {target: last(file.read_text(), target, "USER") for target in TARGETS}
    return " ".join(f"{t} {u}" for t, u in users.items() if not re.fullmatch(r"([1-9]\d*):\1", u))


def without_health(file: Path) -> str:
    text = file.read_text()
    return " ".join(t for t in TARGETS if not (t in ENDS or last(text, t, "HEALTHCHECK")))


def any_version(file: Path) -> str:
    foreign = {one.image for one in stages(file.read_text()).values() if one.below is None}
    return " ".join(one for one in foreign if not re.fullmatch(r"[\w./-]+:\d[\w.-]*", one))


def copied(stage: Stage) -> Iterator[tuple[str, str]]:
    """The stage or image, empty for this repository, and what is copied from there."""
    for said in stage.all("COPY"):
        options, places = [], said.split()
        while places[0].startswith("--"):
            options.append(places.pop(0))
        other = next((one.removeprefix("--from=") for one in options if "--from=" in one), "")
        yield from ((other, source) for source in places[:-1])


def missing(file: Path) -> str:
    """Sources of COPY: files of this repository, and stages."""
    known = stages(file.read_text())
    taken = {one for stage in known.values() for one in copied(stage)}
    return " ".join(
        other or source
        for other, source in taken
        if not (other in known if other else (ROOT / source).exists())
    )


def unused(file: Path) -> str:
    """An argument that is declared and not used, or used where it is not declared."""
    wrong = set()
    for stage in stages(file.read_text()).values():
        declared = {arg.split("=")[0] for arg in stage.all("ARG")}
        given = {name for env in stage.all("ENV") for name in re.findall(r"(\w+)=", env)}
        rest = " ".join(text for name, text in stage.said if name not in ("ARG", "CMD"))
        named = set(re.findall(r"\$\{?([A-Z_]+)", rest))
        wrong |= declared ^ (named - given - {"PATH"})
    return " ".join(sorted(wrong))


def lacking(file: Path) -> str:
    """What the modules in an image import of ours, and is not in it."""
    found = []
    for target in TARGETS:
        taken = {s for one in lineage(file.read_text(), target) for o, s in copied(one) if not o}
        if "." in taken:
            continue
        for package in taken & OURS:
            found += [f"{target} {one}" for one in imported(package) - taken]
            if package in FILES and str(FILES[package]) not in taken:
                found.append(f"{target} {FILES[package]}")
    return " ".join(sorted(set(found)))


def imported(package: str) -> set[str]:
    names = set()
    for module in (ROOT / package).rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text())):
            match node:
                case ast.Import():
                    names |= {one.name for one in node.names}
                case ast.ImportFrom(module=str() as name, level=0):
                    names.add(name)
    return {name.split(".")[0] for name in names} & OURS


CHECKS = [
    hadolint_finds, mighty, without_health, any_version, missing, unused, lacking,
]  # fmt: skip


@pytest.mark.parametrize("check", CHECKS)
def test_nothing_is_wrong_with_it(check: Callable[[Path], str]) -> None:
    assert check(FILE) == ""


@pytest.mark.parametrize(
    ("check", "old", "new", "finding"),
    [
        (hadolint_finds, "install -y --no-install", "install --no-install", "DL3014"),
        (hadolint_finds, 'CMD ["python", "-m", "ugc_api"]', "CMD python -m ugc_api", "DL3025"),
        (mighty, "USER 10001:10001\n", "", "api"),
        (mighty, "USER 101:101", "USER 0:0", "embedded 0:0"),
        (mighty, "USER 10003:10003", "USER tests", "tests tests"),
        (mighty, "EXPOSE 9101", "USER root\nEXPOSE 9101", "etl root"),
        (without_health, "HEALTHCHECK --interval=10s --timeout=5s --start-period=90s", "#", "etl"),
        (any_version, "kafka:4.3.1", "kafka:latest", "kafka:latest"),
        (any_version, "python:3.11-slim-bookworm", "python", "python"),
        (missing, "COPY telemetry telemetry", "COPY telemetrics telemetry", "telemetrics"),
        (missing, "COPY requirements.txt", "COPY requirements.lock", "requirements.lock"),
        (missing, "--from=packages", "--from=parcels", "parcels"),
        (unused, "ARG REVISION=unknown", "ARG REVISION=unknown\nARG COMMIT=unknown", "COMMIT"),
        (unused, "ARG VERSION=0.1.0\n", "", "VERSION"),
        (lacking, "COPY ugc_events ugc_events\n", "", "api ugc_events"),
        (lacking, "COPY clients clients\n", "", "embedded clients"),
        (lacking, "COPY clickhouse/migrations clickhouse/migrations\n", "", "etl clickhouse/mig"),
    ],
)
def test_a_mistake_in_it_is_found(
    tmp_path: Path, check: Callable[[Path], str], old: str, new: str, finding: str
) -> None:
    text = FILE.read_text()
    assert old in text
    (tmp_path / "Dockerfile").write_text(text.replace(old, new, 1))
    assert finding in check(tmp_path / "Dockerfile")
