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
    told = (copy / ".env.example").read_text()
    lines = dict(re.findall(r"^#? ?(\w+)=(.*)$", told, re.MULTILINE))
    wrong, defaults = set(), {}
    for text in (file.read_text() for file in files(copy)):
        wrong |= set(re.findall(r"(?<!\$)\$[A-Za-z_]\w*", text))
        for name, kind, default in VARIABLE.findall(text):
            wrong |= {name} - lines.keys()
            wrong |= set() if kind in ("-", ":-") else {f"{name} has no default"}
            defaults[name] = default
    own = dict(re.findall(r"^# (\w+)=(.*)$", told[told.index("# --- the containers") :], re.M))
    wrong |= {f"{name} is {default}" for name, default in own.items() - defaults.items()}
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
    """What is named below the place of secrets is what compose/prepare.py writes there."""
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


@pytest.mark.parametrize(
    ("check", "file", "old", "new", "finding"),
    [
        (unexplained, CORE, "${NGINX_BURST:-2000}", "${NGINX_BURST}", "no default"),
        (unexplained, CORE, "${NGINX_BURST:-2000}", "${NGINX_BURST:?}", "no default"),
        (unexplained, CORE, "${NGINX_BURST:-2000}", "$NGINX_BURST", "$NGINX_BURST"),
        (unexplained, CORE, "${KAFKA_UI_PORT:-9021}", "${UI_PORT:-9021}", "UI_PORT"),
        (unexplained, CORE, "${KAFKA_UI_PORT:-9021}", "${KAFKA_UI_PORT:-9022}", "PORT is 9021"),
        (unexplained, ".env.example", "# UGC_TLS_NAMES=", "# TLS_NAMES=", "UGC_TLS_NAMES"),
        (not_read, CORE, "CH_USER: etl_writer", "CH_NAME: etl_writer", "etl-2: CH_NAME"),
        (not_read, CORE, "UGC_RATE_PER_USER:", "UGC_RATES_PER_USER:", "api: UGC_RATES_PER_USER"),
        (not_read, CORE, "UGC_FRONT_URL:", "UGC_FRONT_DOOR:", "demo: UGC_FRONT_DOOR"),
        (not_read, CORE, "CH_PASSWORD_FILE:", "CH_PASSWORD_PATH:", "api: CH_PASSWORD_PATH"),
        (not_read, "compose/tls.yaml", "{TLS_NAMES:", "{TLS_NAME:", "prepare: TLS_NAME"),
        (not_read, TEST, "TEST_CH_URL:", "TEST_CH_URI:", "sut: TEST_CH_URI"),
        (not_read, TEST, "CONTAINERS_FRONT_URL", "CONTAINERS_DOOR", "sut: CONTAINERS_DOOR"),
        (not_read, CORE, "      UGC_NGINX_BURST", "      UGC_NGINX_ROOM", "nginx: UGC_NGINX_BURST"),
        (
            not_read,
            "compose/embedded-clickhouse.yaml",
            "PASSWORDS_FILE:",
            "PASSWORD_FILE:",
            "CLICKHOUSE_PASSWORD_FILE",
        ),
        (not_valid, CORE, ":-HS256}", ":-HS265}", "api: not one of the values"),
        (not_valid, CORE, "CH_CLUSTER: company_cluster", "CH_CLUSTER: a b", "CH_CLUSTER"),
        (
            not_valid,
            CORE,
            "PUBLIC_KEY:-}",
            "PUBLIC_KEY:-}\n      CH_PASSWORD: x",
            "CH_PASSWORD_FILE and",
        ),
        (
            not_valid,
            "compose/sasl.yaml",
            "  KAFKA_SASL_PASSWORD_FILE: /run/secrets/kafka_password\n",
            "",
            "api: KAFKA_SASL_PASSWORD",
        ),
        (
            not_prepared,
            CORE,
            "secrets/docs_password",
            "secrets/docs_passwords",
            "api: docs_passwords",
        ),
        (not_prepared, CORE, "secrets/jwt_secret}", "secrets/jwt}", "api: jwt"),
        (not_prepared, CORE, "tools-secrets:/run", "ui-secrets:/run", "token: jwt_secret"),
        (
            not_prepared,
            TEST,
            "/run/clickhouse/passwords",
            "/run/clickhouse/password",
            "sut: password",
        ),
        (
            not_prepared,
            "compose/sasl.yaml",
            "secrets/client.prop",
            "secrets/clients.prop",
            "acls: clients.prop",
        ),
    ],
)
def test_a_mistake_in_them_is_found(
    tmp_path: Path, check: Check, file: str, old: str, new: str, finding: str
) -> None:
    assert finding in check(a_copy(tmp_path, (file, old, new)))
