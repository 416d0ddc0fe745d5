"""What each container is told: variables that are read, values that are valid, secrets that exist.

Each check is also shown a copy that it has to refuse.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec
import pytest

import embedded.clickhouse.settings
import embedded.settings
import etl.settings
import ugc_api.settings
from compose.prepare import CONTENTS, NAMES
from configuration import InvalidSettings, load, variables
from configuration.clickhouse import ClickHouse
from embedded.settings import ROOT
from tests.repository.compose_model import VARIABLE, Model, overlays
from tests.repository.compose_rules import Check, Service, mounted, of_each_service
from tests.repository.copies import a_copy
from tests.repository.dockerfile import last, words

SETTINGS: Mapping[str, type[msgspec.Struct]] = {
    "ugc_api": ugc_api.settings.Settings,
    "etl": etl.settings.Settings,
    "embedded.clickhouse": embedded.clickhouse.settings.Settings,
    "embedded": embedded.settings.Settings,
    "simulator": embedded.settings.Settings,
}
"""What a module of ours reads; `compose` says which one a container runs."""

BESIDES: Mapping[str, list[str]] = {
    "embedded": variables(ugc_api.settings.Settings),  # signs what the API verifies
    "simulator": variables(ugc_api.settings.Settings) + variables(ClickHouse),
    # those of the server in whose place it stands
    "embedded.clickhouse": ["CLICKHOUSE_SKIP_USER_SETUP", "CH_SHARD", "CH_REPLICA"],
}
TLS = ("tls.crt", "tls.key")


def files(copy: Path) -> Iterator[Path]:
    yield from copy.glob("docker-compose*.yaml")
    yield from (copy / one for one in overlays(copy))


def unexplained(copy: Path) -> str:
    """What an operator may set has a default, and its line in .env.example."""
    explained = re.findall(r"^#? ?(\w+)=", (copy / ".env.example").read_text(), re.MULTILINE)
    wrong = set()
    for file in files(copy):
        for name, default, _ in VARIABLE.findall(file.read_text()):
            wrong |= {name} - set(explained)
            wrong |= set() if default in ("-", ":-") else {f"{name} without a default"}
        wrong |= set(re.findall(r"(?<!\$)\$[A-Za-z_]\w*", file.read_text()))
    return " ".join(sorted(wrong))


def module(copy: Path, service: Service) -> str:
    """The one that runs in a container of ours: the image's, unless the service says another."""
    told, target = (copy / "Dockerfile").read_text(), service["build"]["target"]
    entry = service.get("entrypoint", words(last(told, target, "ENTRYPOINT")))
    command = service.get("command", words(last(told, target, "CMD")))
    line = [*entry, *command]
    return str(line[line.index("-m") + 1])


def known(module: str) -> set[str]:
    if module in SETTINGS:
        names = variables(SETTINGS[module]) + BESIDES.get(module, [])
        return {*names, *(f"{name}_FILE" for name in names)}
    if module == "compose.prepare":
        texts = [file.read_text() for file in (ROOT / "compose").glob("*.py")]
        return set(re.findall(r'environ\.get\("(\w+)"', "".join(texts)))
    assert module == "pytest"
    given = {f"TEST_{name}" for kind in SETTINGS.values() for name in variables(kind)}
    texts = [f.read_text() for f in [ROOT / "tests/services.py", *ROOT.glob("tests/containers/*")]]
    return given | set(re.findall(r'"((?:TEST|CONTAINERS)_\w+)"', "".join(texts)))


@of_each_service
def not_read(copy: Path, model: Model, name: str, service: Service) -> Iterator[str]:
    given = service.get("environment", {}).keys()
    if "build" in service:
        yield from given - known(module(copy, service))
    if name == "nginx":
        templates = "".join(file.read_text() for file in (copy / "nginx").glob("*.template"))
        yield from set(re.findall(r"\$\{(UGC_\w+)\}", templates)) ^ {
            one for one in given if one.startswith("UGC_")
        }


@of_each_service
def not_valid(copy: Path, model: Model, name: str, service: Service) -> Iterator[str]:
    """As the process itself would say; what it reads from a file is made up."""
    if "build" not in service or (kind := SETTINGS.get(module(copy, service))) is None:
        return
    given = {name: str(value) for name, value in service.get("environment", {}).items()}
    for one in [one for one in given if one.endswith("_FILE") and given[one]]:
        if given.get(one.removesuffix("_FILE")):
            yield f"{one} and its value"
        given[one.removesuffix("_FILE")] = given.pop(one).replace("/", "-") * 2
    try:
        load(kind, given)
    except InvalidSettings as error:
        yield str(error)


@of_each_service
def not_prepared(copy: Path, model: Model, name: str, service: Service) -> Iterator[str]:
    """Files named below where secrets are mounted are files that compose/prepare.py writes there."""
    known = dict.fromkeys(NAMES, "0" * 64)
    told = " ".join(map(str, [*service.get("environment", {}).values(), service.get("command")]))
    for source, target in mounted(service):
        if source.endswith("-secrets") and not target.startswith("/out/"):
            consumer = source.removesuffix("-secrets")
            written = (
                {file for file, _ in CONTENTS[consumer](known)} if consumer in CONTENTS else TLS
            )
            yield from set(re.findall(rf"{target}/([\w.]+)", told)) - set(written)


CHECKS = [unexplained, not_read, not_valid, not_prepared]
CORE, TEST = "docker-compose.yaml", "docker-compose.test.yaml"


@pytest.mark.parametrize("check", CHECKS)
def test_nothing_is_wrong_with_them(check: Check) -> None:
    assert check(ROOT) == ""
