"""How a rule is held against every service of every combination of compose files."""

from collections.abc import Callable, Iterator
from functools import wraps
from pathlib import Path
from typing import Any

from tests.repository.compose_model import Model, models
from tests.repository.dockerfile import last

Service = dict[str, Any]
Rule = Callable[[Path, Model, str, Service], Iterator[str]]
Check = Callable[[Path], str]

SUITE = "sut"
"""The tests themselves: ends by itself, and its log is what one came for."""

USERS = {"apache/kafka": "1000", "nginxinc/nginx-unprivileged": "101"}
"""Of foreign images whose user is not chosen here."""


def of_each_service(rule: Rule) -> Check:
    @wraps(rule)
    def check(copy: Path) -> str:
        return " ".join(
            sorted(
                {
                    f"{name}: {wrong}"
                    for model in models(copy)
                    for name, service in model["services"].items()
                    for wrong in rule(copy, model, name, service)
                }
            )
        )

    return check


def long_running(service: Service) -> bool:
    return bool(service.get("restart", "no") != "no")


def user_of(copy: Path, service: Service) -> str:
    if "user" in service:
        return str(service["user"])
    if "build" in service:
        return last((copy / "Dockerfile").read_text(), service["build"]["target"], "USER")
    user = USERS.get(service["image"].split(":")[0], "?")
    return f"{user}:{user}"


def mounted(service: Service) -> Iterator[tuple[str, str]]:
    for volume in service.get("volumes", []):
        source, target = volume.split(":")[:2]
        yield source, target
