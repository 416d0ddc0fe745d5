"""What `docker compose config` says, on stdin, against tests/repository/compose_model.py.

docker compose -f FILE... config --format json | python -m tests.containers.same_model FILE...
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.repository.compose_model import merged, place, started

PLAIN = ("image", "command", "entrypoint", "restart", "user", "read_only", "cap_add", "cap_drop")


def main(files: list[str]) -> int:
    docker = facts(json.load(sys.stdin)["services"])
    ours = facts(started(merged(Path(), files)["services"], set()))
    for name in sorted(docker.keys() | ours.keys()):
        if (there := docker.get(name)) != (here := ours.get(name)):
            sys.stderr.write(f"{name}: {there} for Docker, {here} for the tests\n")
    return int(docker != ours)


def facts(services: Mapping[str, Any]) -> Mapping[str, Any]:
    """What can be compared although Docker writes short forms out."""
    return {
        f"{name} {what}": fact
        for name, service in services.items()
        for what, fact in facts_of(service).items()
    }


def facts_of(service: Mapping[str, Any]) -> Mapping[str, Any]:
    environment = service.get("environment") or {}
    needed = service.get("depends_on") or {}
    return {
        **{key: service.get(key) or None for key in PLAIN},
        "environment": {name: as_text(value) for name, value in environment.items()},
        "depends_on": {name: one["condition"] for name, one in needed.items()},
        "build": (service.get("build") or {}).get("target"),
        "networks": sorted(service.get("networks") or {}),
        "volumes": sorted(target(one) for one in service.get("volumes") or ()),
        "ports": sorted(published(one) for one in service.get("ports") or ()),
        "healthcheck": (service.get("healthcheck") or {}).get("test"),
    }


def as_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def target(volume: str | Mapping[str, Any]) -> str:
    return place(volume) if isinstance(volume, str) else str(volume["target"])


def published(port: str | Mapping[str, Any]) -> str:
    if isinstance(port, str):
        return port
    address = f"{port['host_ip']}:" if "host_ip" in port else ""
    return f"{address}{port['published']}:{port['target']}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
