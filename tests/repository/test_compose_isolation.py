"""What each container can reach, may do, and is let read, in every combination of compose files.

Each check is also shown a copy that it has to refuse.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from compose.prepare import OWNERS
from embedded.settings import ROOT
from tests.repository.compose_model import Model, models
from tests.repository.compose_rules import (
    SUITE,
    Check,
    Service,
    long_running,
    mounted,
    of_each_service,
    user_of,
)
from tests.repository.copies import a_copy

RIGHTS = {"prepare": ["CHOWN", "DAC_READ_SEARCH"], "cadvisor": ["DAC_READ_SEARCH"]}
"""What some need of root's rights."""


NO_WAY_OUT = {"com.docker.network.bridge.enable_ip_masquerade": "false"}


@of_each_service
def reached_by_strangers(copy: Path, model: Model, name: str, service: Service) -> Iterator[str]:
    """nginx alone is; everybody is in some network, or on purpose in none."""
    if not service.get("networks") and service.get("network_mode") != "none":
        yield "in no network of ours"
    if name != "nginx":
        yield from (one for one in service.get("ports", []) if not one.startswith("127.0.0.1:"))


def used(service: Service, kind: str) -> set[str]:
    if kind == "networks":
        return set(service.get("networks", {}))
    sources = {one.split(":")[0] for one in service.get("volumes", [])}
    return {one for one in sources if one[0] not in "./"}


@of_each_service
def can_send_rows_out(copy: Path, model: Model, name: str, service: Service) -> Iterator[str]:
    """A store, or who looks at all of them, in a network that leads out of the host."""
    if name in ("nginx", "api", "prepare") or name.startswith(("token", "demo", SUITE)):
        return
    for network in service.get("networks", {}):
        settings = model["networks"][network] or {}
        if not settings.get("internal") and settings.get("driver_opts") != NO_WAY_OUT:
            yield network


def loose_ends(copy: Path) -> str:
    """What is used and not there, or there and not used."""
    wrong = set()
    for model in models(copy):
        for kind in ("networks", "volumes"):
            wanted = {one for s in model["services"].values() for one in used(s, kind)}
            wrong |= wanted ^ model[kind].keys()
    return " ".join(sorted(wrong))


@of_each_service
def too_mighty(copy: Path, model: Model, name: str, service: Service) -> Iterator[str]:
    if "no-new-privileges:true" not in service.get("security_opt", []) and name != SUITE:
        yield "new privileges"
    if service.get("privileged") or service.get("cap_add", []) != RIGHTS.get(name, []):
        yield "more rights"
    if "build" not in service or name == SUITE:
        return
    user = user_of(copy, service)
    if not re.fullmatch(r"(\d+):\1", user) or (user == "0:0") != (name == "prepare"):
        yield f"user {user}"
    # the embedded engine takes the place of a foreign image, for development and tests
    if not (service["image"] == "ugc-embedded" and long_running(service)):
        yield from (key for key in ("read_only", "init") if not service.get(key))
        yield from {"ALL"} - set(service.get("cap_drop", []))


@of_each_service
def cannot_read_its_secrets(copy: Path, model: Model, name: str, service: Service) -> Iterator[str]:
    """They are their reader's alone: compose/prepare.py has to know his number."""
    if name == "prepare":
        given = {one.removesuffix("-secrets"): to for one, to in mounted(service) if "/out/" in to}
        if given != {consumer: f"/out/{consumer}" for consumer in OWNERS}:
            yield f"gives {given}"
        return
    for source, _ in mounted(service):
        if source.endswith("-secrets"):
            owner = OWNERS[source.removesuffix("-secrets")]
            if (user := user_of(copy, service)) != f"{owner}:{owner}":
                yield f"{source} is for {owner}, not {user}"


@of_each_service
def mounts_nothing(copy: Path, model: Model, name: str, service: Service) -> Iterator[str]:
    yield from (s for s, _ in mounted(service) if s.startswith(".") and not (copy / s).exists())


CHECKS = [
    reached_by_strangers,
    can_send_rows_out,
    loose_ends,
    too_mighty,
    cannot_read_its_secrets,
    mounts_nothing,
]
CORE, TEST = "docker-compose.yaml", "docker-compose.test.yaml"
ADDED, IMAGES = "compose", "Dockerfile"


@pytest.mark.parametrize("check", CHECKS)
def test_nothing_is_wrong_with_them(check: Check) -> None:
    assert check(ROOT) == ""


@pytest.mark.parametrize(
    ("check", "file", "old", "new", "finding"),
    [
        (
            reached_by_strangers,
            CORE,
            '"127.0.0.1:${CADVISOR_PORT',
            '"${CADVISOR_PORT',
            "cadvisor: 8080",
        ),
        (
            reached_by_strangers,
            f"{ADDED}/sasl.yaml",
            "    networks: [data]\n",
            "",
            "acls: in no network",
        ),
        (
            reached_by_strangers,
            TEST,
            "ports: !reset []",
            'ports: ["8123:8123"]',
            "clickhouse-node1: 8123",
        ),
        (can_send_rows_out, CORE, "data: {internal: true}", "data: {}", "kafka-1: data"),
        (can_send_rows_out, CORE, 'masquerade: "false"', 'masquerade: "true"', "cadvisor: mon"),
        (loose_ends, CORE, "  ui-secrets:\n", "", "ui-secrets"),
        (loose_ends, f"{ADDED}/one-node.yaml", "  keeper-3: !reset null\n", "", "keeper-3"),
        (loose_ends, TEST, "  edge:\n", "", "edge"),
        (too_mighty, CORE, "  security_opt: [no-new-privileges:true]\n", "", "new privileges"),
        (too_mighty, CORE, "cap_add: [CHOWN,", "cap_add: [SYS_ADMIN,", "prepare: more rights"),
        (
            too_mighty,
            CORE,
            "    cap_drop: [ALL]\n    cap_add: [DAC_READ_SEARCH]\n",
            "    privileged: true\n",
            "cadvisor: more rights",
        ),
        (too_mighty, CORE, "  cap_drop: [ALL]\n", "", "api: ALL"),
        (too_mighty, CORE, "  read_only: true\n", "", "etl-1: read_only"),
        (too_mighty, IMAGES, "USER 10001:10001", "USER ugc", "api: user ugc"),
        (too_mighty, IMAGES, "USER 10002:10002\n", "", "etl-1: user"),
        (
            cannot_read_its_secrets,
            IMAGES,
            "USER 10001:10001",
            "USER 10009:10009",
            "api: api-secrets",
        ),
        (cannot_read_its_secrets, CORE, 'user: "101:101"', 'user: "102:102"', "clickhouse-node1"),
        (cannot_read_its_secrets, CORE, "api-secrets:/run", "etl-secrets:/run", "api: etl-secrets"),
        (cannot_read_its_secrets, CORE, "ui-secrets:/out/ui", "ui-secrets:/out/tools", "gives"),
        (
            mounts_nothing,
            CORE,
            "./clickhouse/keeper:",
            "./clickhouse/keepers:",
            "keeper-1: ./click",
        ),
        (
            mounts_nothing,
            f"{ADDED}/tls.yaml",
            "more/tls.conf:",
            "more/https.conf:",
            "nginx: ./nginx",
        ),
    ],
)
def test_a_mistake_in_them_is_found(
    tmp_path: Path, check: Check, file: str, old: str, new: str, finding: str
) -> None:
    assert finding in check(a_copy(tmp_path, (file, old, new)))
