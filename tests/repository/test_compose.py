"""The compose files, in every combination: what runs, how large, of what image, and after whom.

Each check is also shown a copy that it has to refuse.
"""

import json
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from embedded import children
from embedded.settings import ROOT, Settings
from tests.repository.compose_model import Model, load, models, overlays, settled
from tests.repository.compose_rules import SUITE, Check, Service, long_running, of_each_service
from tests.repository.copies import a_copy
from tests.repository.dockerfile import last, lineage, stages
from ugc_api.__main__ import DRAIN_MARGIN_S
from ugc_api.settings import Settings as ApiSettings


def schema_refuses(copy: Path) -> str:
    """Of each file, the tags of Compose put into effect."""
    files = sorted(copy.glob("docker-compose*.yaml")) + [copy / one for one in overlays(copy)]
    with TemporaryDirectory() as folder:
        plain = [Path(folder, f"{file.name}.json") for file in files]
        for file, told in zip(files, plain, strict=True):
            told.write_text(json.dumps(settled(load(file.read_text()))))
        command = [str(ROOT / ".venv/bin/check-jsonschema"), "--builtin-schema=vendor.compose-spec"]
        done = subprocess.run(
            [*command, *map(str, plain)], capture_output=True, text=True, check=False, timeout=30
        )
    return done.stdout + done.stderr if done.returncode else ""


@of_each_service
def without_limit(copy: Path, model: Model, name: str, service: Service) -> Iterator[str]:
    limits = service.get("deploy", {}).get("resources", {}).get("limits", {})
    yield from {"memory", "pids"} - limits.keys()
    if name != SUITE:
        yield from {"restart"} - service.keys()
        yield from {"max-size", "max-file"} - service.get("logging", {}).get("options", {}).keys()


def has_health(copy: Path, service: Service) -> bool:
    """Of its own, or its image's, where that is one of ours."""
    own = service.get("healthcheck", {})
    if own.get("disable") or "test" in own or "build" not in service:
        return "test" in own and not own.get("disable")
    return bool(last((copy / "Dockerfile").read_text(), service["build"]["target"], "HEALTHCHECK"))


@of_each_service
def without_health(copy: Path, model: Model, name: str, service: Service) -> Iterator[str]:
    if long_running(service) and not has_health(copy, service):
        yield "no health check"


@of_each_service
def waits_in_vain(copy: Path, model: Model, name: str, service: Service) -> Iterator[str]:
    for needed, how in service.get("depends_on", {}).items():
        other = model["services"].get(needed)
        if other is None:
            yield f"{needed} is not started"
        elif how["condition"] == "service_healthy" and not has_health(copy, other):
            yield f"{needed} is never healthy"
        elif how["condition"] == "service_completed_successfully" and long_running(other):
            yield f"{needed} never ends"


@of_each_service
def of_an_unknown_image(copy: Path, model: Model, name: str, service: Service) -> Iterator[str]:
    image = service.get("image", "")
    if "build" in service:
        target, told = service["build"]["target"], (copy / "Dockerfile").read_text()
        if image != f"ugc-{target}" or target not in stages(told):
            yield f"{image} is not {target}"
        taken = {arg.split("=")[0] for stage in lineage(told, target) for arg in stage.all("ARG")}
        if target != "tests":  # the test file's api inherits one that no test reads
            yield from service["build"].get("args", {}).keys() - taken
    elif not re.fullmatch(r"[\w./-]+:v?\d[\w.-]*", image):
        yield f"{image} is any version"


def of_two_versions(copy: Path) -> str:
    """Foreign images, Keeper beside the server it is of, and Kafka's jars of `make run`."""
    built = stages((copy / "Dockerfile").read_text()).values()
    services = (one for model in models(copy) for one in model["services"].values())
    images = {stage.image for stage in built if stage.below is None}
    images |= {one["image"] for one in services if "build" not in one}
    found: dict[str, set[str]] = {}
    for image in images:
        name, tag = image.split(":")
        if name.startswith("clickhouse/"):
            name, tag = "clickhouse/*", tag.removesuffix("-alpine")
        found.setdefault(name, set()).add(tag)
    pom = (copy / "embedded/kafka/pom.xml").read_text()
    found["apache/kafka"] |= set(re.findall("<kafka.version>(.*)</kafka.version>", pom))
    return " ".join(f"{name} {sorted(tags)}" for name, tags in found.items() if len(tags) > 1)


@cache
def needed_to_stop() -> dict[str, float]:
    """Seconds: `make run` knows how long each takes, and so does the code."""
    drain = ApiSettings().producer_timeout_ms // 1000 + DRAIN_MARGIN_S
    with TemporaryDirectory() as folder:
        stack = Settings(data_dir=Path(folder))
        api, etl = children.api(stack).recipe, children.etl(stack).recipe
    return {"api": max(api.stop_within, 2 * drain), "etl": etl.stop_within}


@of_each_service
def killed_too_early(copy: Path, model: Model, name: str, service: Service) -> Iterator[str]:
    needed = needed_to_stop().get(name.partition("-")[0], 0)
    if needed and seconds(service.get("stop_grace_period", "10s")) <= needed:
        yield f"killed before its {needed:g} s"


def seconds(duration: str) -> int:
    return int(duration.removesuffix("s"))


CHECKS = [
    schema_refuses, without_limit, without_health, waits_in_vain, of_an_unknown_image,
    of_two_versions, killed_too_early,
]  # fmt: skip
CORE = "docker-compose.yaml"
ADDED, IMAGES = "compose", "Dockerfile"


@pytest.mark.parametrize("check", CHECKS)
def test_nothing_is_wrong_with_them(check: Check) -> None:
    assert check(ROOT) == ""


@pytest.mark.parametrize(
    ("check", "file", "old", "new", "finding"),
    [
        (schema_refuses, CORE, "healthcheck:", "healthchek:", "healthchek"),
        (schema_refuses, f"{ADDED}/one-node.yaml", "environment:", "enviroment:", "enviroment"),
        (without_limit, CORE, "{memory: 512M, pids: 100}", "{memory: 512M}", "etl-1: pids"),
        (without_limit, CORE, 'options: {max-size: 10m, max-file: "3"}', "options: {}", "api: max"),
        (without_limit, CORE, "  restart: unless-stopped\n", "", "kafka-1: restart"),
        (without_limit, f"{ADDED}/sasl.yaml", '    restart: "no"\n', "", "acls: restart"),
        (without_health, IMAGES, "HEALTHCHECK --interval=10s", "LABEL health=none", "api: no"),
        (without_health, CORE, "test: [CMD, nc,", "not-test: [CMD, nc,", "kafka-1: no health"),
        (without_health, CORE, "target: etl,", "target: tests,", "etl-2: no health"),
        (
            waits_in_vain,
            CORE,
            "  topics:\n    <<",
            "  topics:\n    profiles: [tools]\n    <<",
            "api: topics is not started",
        ),
        (
            waits_in_vain,
            CORE,
            "keeper-3: {condition",
            "keeper-4: {condition",
            "clickhouse-node2: keeper-4",
        ),
        (
            waits_in_vain,
            f"{ADDED}/one-node.yaml",
            "depends_on: !override {prepare",
            "depends_on: {prepare",
            "clickhouse-node1: keeper-1 is not started",
        ),
        (
            waits_in_vain,
            CORE,
            "topics: {condition: service_completed_successfully}",
            "topics: {condition: service_healthy}",
            "etl-1: topics is never healthy",
        ),
        (
            waits_in_vain,
            CORE,
            "depends_on: {api: {condition: service_healthy}}",
            "depends_on: {api: {condition: service_completed_successfully}}",
            "nginx: api never ends",
        ),
        (of_an_unknown_image, CORE, "cadvisor:0.60.5", "cadvisor:latest", "cadvisor:latest is any"),
        (of_an_unknown_image, CORE, "kafka-ui:v1.5.0", "kafka-ui", "kafka-ui is any"),
        (of_an_unknown_image, CORE, "image: ugc-etl", "image: ugc-api", "ugc-api is not etl"),
        (of_an_unknown_image, IMAGES, "ARG REVISION=", "ARG COMMIT=", "api: REVISION"),
        (of_two_versions, f"{ADDED}/sasl.yaml", "kafka:4.3.1", "kafka:4.3.0", "['4.3.0', '4.3.1']"),
        (of_two_versions, CORE, "keeper:26.3.20", "keeper:26.3.19", "clickhouse"),
        (of_two_versions, IMAGES, "kafka:4.3.1", "kafka:4.3.2", "kafka"),
        (
            of_two_versions,
            "embedded/kafka/pom.xml",
            "<kafka.version>4.3.1",
            "<kafka.version>4.4.0",
            "4.4.0",
        ),
        (
            killed_too_early,
            CORE,
            "stop_grace_period: 60s\n  depends_on: &after-init",
            "depends_on: &after-init",
            "etl-1: killed",
        ),
        (killed_too_early, CORE, "stop_grace_period: 30s", "stop_grace_period: 15s", "api: killed"),
    ],
)
def test_a_mistake_in_them_is_found(
    tmp_path: Path, check: Check, file: str, old: str, new: str, finding: str
) -> None:
    assert finding in check(a_copy(tmp_path, (file, old, new)))
