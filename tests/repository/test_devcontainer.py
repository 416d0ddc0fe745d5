"""The development container: it forwards what `make run` opens, and asks for what there is."""

import json
import re
from typing import Any

from embedded.settings import ROOT, Settings
from tests.repository.commands import missing

CONTAINER: dict[str, Any] = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text())
KNOWN = {
    "name", "image", "features", "hostRequirements", "postCreateCommand", "forwardPorts",
    "portsAttributes", "otherPortsAttributes", "customizations",
}  # fmt: skip


def test_it_says_nothing_that_nobody_reads() -> None:
    assert CONTAINER.keys() <= KNOWN


def test_image_and_features_stay_what_they_were() -> None:
    assert re.search(r":\d[\w.-]*$", CONTAINER["image"])
    for feature in CONTAINER["features"]:
        assert re.search(r":\d+\.\d+\.\d+$", feature), feature


def test_its_command_is_there() -> None:
    assert list(missing(CONTAINER["postCreateCommand"])) == []
    assert list(missing("make set-up")) == ["make set-up"]


def test_the_ports_of_the_local_stack_are_forwarded_by_name() -> None:
    stack = Settings()
    ports = {stack.http_port, stack.nginx_port, stack.kafka_port, stack.clickhouse_port}
    assert set(CONTAINER["forwardPorts"]) == ports
    assert {int(port) for port in CONTAINER["portsAttributes"]} == ports
    assert all(told["label"] for told in CONTAINER["portsAttributes"].values())
