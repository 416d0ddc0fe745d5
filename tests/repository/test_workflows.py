"""What runs at GitHub, as far as it can be judged here: .github is read by the linters made for it.

Each check is also shown a copy that it has to refuse.
"""

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from embedded.settings import ROOT
from tests.repository.commands import missing

Change = tuple[str, str, str]  # in this file, this text becomes that
PINNED = re.compile(r"(\$/\S+|[\w.-]+(/[\w.-]+)+@[0-9a-f]{40} # v\d+\.\d+\.\d+)")


def a_copy(folder: Path, change: Change | None = None) -> Path:
    copy = Path(shutil.copytree(ROOT / ".github", folder / ".github"))
    if change is not None:
        name, old, new = change
        text = (copy / name).read_text()
        assert old in text
        (copy / name).write_text(text.replace(old, new, 1))
    return copy


def workflows(github: Path) -> list[Path]:
    found = sorted((github / "workflows").iterdir())
    assert len(found) == 3
    return found


def jobs(workflow: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, job in yaml.safe_load(workflow.read_text())["jobs"].items():
        yield f"{workflow.stem} {name}", job


def run(tool: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [str(ROOT / ".venv/bin" / tool), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)


def zizmor_finds(github: Path) -> str:
    options = ["--offline", "--strict-collection", "--format=json"]
    done = run("zizmor", *options, github)
    assert done.stdout, done.stderr
    return " ".join(sorted({found["ident"] for found in json.loads(done.stdout)}))


def schemas_refuse(github: Path) -> str:
    said = ""
    for schema, files in (
        ("github-workflows", workflows(github)),
        ("dependabot", [github / "dependabot.yml"]),
    ):
        done = run("check-jsonschema", f"--builtin-schema=vendor.{schema}", *files)
        said += done.stdout if done.returncode else ""
    return said


def loosely_pinned(github: Path) -> str:
    """An action by anything but its commit, with the version that the commit is beside it."""
    used = (line for w in workflows(github) for line in w.read_text().splitlines())
    pins = re.findall(r"^ *(?:- )?uses: (.*)$", "\n".join(used), re.MULTILINE)
    assert pins
    loose = {pin for pin in pins if not PINNED.fullmatch(pin)}
    return " ".join(sorted(loose | {pin for pin in pins if two_versions(pin, pins)}))


def two_versions(pin: str, pins: list[str]) -> bool:
    return any(pin.split("@")[0] == other.split("@")[0] and pin != other for other in pins)


def unbounded(github: Path) -> str:
    """A job without an end or a list of its rights; a workflow that gives rights to all jobs."""
    found = [w.stem for w in workflows(github) if "\npermissions: {}\n" not in w.read_text()]
    for workflow in workflows(github):
        for name, job in jobs(workflow):
            asked = {"permissions"} if "uses" in job else {"permissions", "timeout-minutes"}
            found += [f"{name} {key}" for key in asked - job.keys()]
    return " ".join(found)


def not_there(github: Path) -> str:
    steps = [s for w in workflows(github) for _, job in jobs(w) for s in job.get("steps", [])]
    return " ".join(lack for step in steps for lack in missing(step.get("run", "")))


def refused_by_dependabot(github: Path) -> str:
    """It takes no aliases, which the schema cannot know."""
    parsed = yaml.parse((github / "dependabot.yml").read_text())
    return " ".join(str(event.anchor) for event in parsed if isinstance(event, yaml.AliasEvent))


CHECKS = [
    zizmor_finds, schemas_refuse, loosely_pinned, unbounded, not_there, refused_by_dependabot,
]  # fmt: skip
CHECKOUT = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1"


@pytest.mark.parametrize("check", CHECKS)
def test_nothing_is_wrong_with_it(check: Callable[[Path], str]) -> None:
    assert check(ROOT / ".github") == ""


@pytest.mark.parametrize(
    ("check", "file", "old", "new", "finding"),
    [
        (zizmor_finds, "checks", "persist-credentials: false", "fetch-depth: 1", "artipacked"),
        (zizmor_finds, "checks", "pull_request:", "pull_request_target:", "dangerous-triggers"),
        (zizmor_finds, "checks", "make test", "echo ${{ github.head_ref }}", "template-injection"),
        (zizmor_finds, "images", CHECKOUT, "actions/checkout@v7.0.1", "unpinned-uses"),
        (schemas_refuse, "nightly", "timeout-minutes", "timeout-minute", "timeout-minute"),
        (schemas_refuse, "nightly", "runs-on", "run-on", "run-on"),
        (schemas_refuse, "dependabot.yml", "interval: weekly", "interval: weakly", "weakly"),
        (loosely_pinned, "checks", CHECKOUT, "actions/checkout@v7.0.1", "actions/checkout@v7.0.1"),
        (loosely_pinned, "checks", CHECKOUT, CHECKOUT.split(" ")[0], "actions/checkout@3d3c42"),
        (loosely_pinned, "checks", " # v7.0.1", " # v7.0.2", "v7.0.2"),
        (unbounded, "images", "permissions: {}", "permissions: read-all", "images"),
        (unbounded, "checks", "    timeout-minutes: 60\n", "", "checks tests timeout-minutes"),
        (unbounded, "checks", "    permissions:\n      contents: read\n", "", "checks lint perm"),
        (not_there, "nightly", "sudo make chaos", "sudo make havoc", "make havoc"),
        (not_there, "nightly", "make fuzz", "make fuzz && embedded/set-up", "embedded/set-up"),
        (refused_by_dependabot, "dependabot.yml", '["*"]', "[&all '*', *all]", "all"),
    ],
)
def test_a_mistake_in_it_is_found(
    tmp_path: Path, check: Callable[[Path], str], file: str, old: str, new: str, finding: str
) -> None:
    name = file if "." in file else f"workflows/{file}.yaml"
    assert finding in check(a_copy(tmp_path, (name, old, new)))
