"""Compose files as `docker compose` merges them, as far as ours need it; without Docker.

What Docker itself makes of them is held against this by tests/containers/check.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, reduce
from itertools import combinations
from pathlib import Path
from typing import Any

import yaml

Model = Mapping[str, Any]
"""Not to be changed: its parts are shared with others."""

CORE, TEST = "docker-compose.yaml", "docker-compose.test.yaml"
ONE_NODE, ENGINE = "compose/one-node.yaml", "compose/embedded-clickhouse.yaml"
VARIABLE = re.compile(r"\$\{(\w+)(?:(:?[-?])([^}]*))?\}")

NAMES = {"environment", "depends_on", "networks"}
"""What may be a list, and is a mapping all the same."""

REPLACED = {"command", "entrypoint", "test"}
"""Lists that an overlay does not add to."""


@dataclass(frozen=True)
class Tagged:
    """What takes the place of what is below it; nothing, if it is a reset."""

    value: Any
    reset: bool


class Loader(yaml.CSafeLoader):
    pass


def _tagged(loader: Loader, suffix: str, node: yaml.Node) -> Tagged:
    value: Any = None
    if isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    return Tagged(value, suffix == "reset")


Loader.add_multi_constructor("!", _tagged)


def overlays(copy: Path) -> list[str]:
    """All there are; those that make the stack smaller last, as the README has them."""
    found = sorted(f"compose/{file.name}" for file in (copy / "compose").glob("*.yaml"))
    return [one for one in found if one not in (ONE_NODE, ENGINE)] + [ONE_NODE, ENGINE]


def used_together(copy: Path) -> Iterator[tuple[str, ...]]:
    """Any of the overlays; the engine only on one node."""
    every = overlays(copy)
    for number in range(len(every) + 1):
        for chosen in combinations(every, number):
            if ENGINE not in chosen or ONE_NODE in chosen:
                yield (CORE, *chosen)
    yield (TEST,)
    yield (TEST, ENGINE)


def models(copy: Path) -> Iterator[Model]:
    """Every combination, with and without what is only there when asked for."""
    for files in used_together(copy):
        whole = merged(copy, files)
        for asked in (set(), {"tools"}):
            yield {**whole, "services": started(whole["services"], asked)}


def started(services: Model, asked: set[str]) -> Model:
    return {
        name: service
        for name, service in services.items()
        if "profiles" not in service or asked & set(service["profiles"])
    }


def merged(copy: Path, files: Sequence[str]) -> Model:
    """All that `docker compose` could start; what the environment may set is at its default."""
    whole: Model = settled(reduce(merge, (extended(copy, file) for file in files)))
    return whole


def extended(copy: Path, file: str) -> Model:
    model = load((copy / file).read_text())
    services = dict(model["services"])
    for name, service in services.items():
        if isinstance(service, dict) and "extends" in service:
            base, own = service["extends"], {k: v for k, v in service.items() if k != "extends"}
            below = extended(copy, base["file"])["services"][base["service"]]
            services[name] = merge(below, own)
    return {**model, "services": services}


@cache
def load(text: str) -> Model:
    read = plain(yaml.load(text, Loader))  # noqa: S506 - a safe one
    return {key: value for key, value in read.items() if not key.startswith("x-")}


def plain(value: Any, key: str = "") -> Any:
    """One form of each thing, variables at their defaults."""
    match value:
        case Tagged():
            return Tagged(plain(value.value, key), value.reset)
        case dict():
            return {name: plain(one, name) for name, one in value.items()}
        case list() if key in NAMES:
            return {plain(one): None for one in value}
        case list():
            return [plain(one) for one in value]
        case str():
            return VARIABLE.sub(lambda found: found[3] or "", value).replace("$$", "$")
    return value


def merge(below: Any, above: Any, key: str = "") -> Any:
    """Mappings name by name, lists one after the other, what is mounted by where it is mounted."""
    if isinstance(below, Tagged):
        below = None if below.reset else below.value
    if isinstance(below, dict) and isinstance(above, dict):
        both = {name: merge(below[name], above[name], name) for name in below.keys() & above.keys()}
        return {**below, **above, **both}
    if isinstance(below, list) and isinstance(above, list) and key not in REPLACED:
        if key == "volumes":
            return list({place(one): one for one in (*below, *above)}.values())
        return below + [one for one in above if one not in below]
    return above


def settled(value: Any) -> Any:
    """Without the tags: what they reset is not there."""
    if isinstance(value, Tagged):
        return settled(value.value)
    if isinstance(value, dict):
        kept = {k: v for k, v in value.items() if not (isinstance(v, Tagged) and v.reset)}
        return {name: settled(one) for name, one in kept.items()}
    return [settled(one) for one in value] if isinstance(value, list) else value


def place(volume: str) -> str:
    """Where in the container."""
    return volume.split(":")[1]
