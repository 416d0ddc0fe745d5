"""The Dockerfile as stages: what each one says, and what it takes over from the one it is from."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache


@dataclass(frozen=True)
class Stage:
    image: str
    below: "Stage | None"
    """The stage that `image` names; none, if it is a foreign image."""
    said: list[tuple[str, str]] = field(default_factory=list)
    """Instructions and what follows each, in order."""

    def all(self, instruction: str) -> list[str]:
        return [rest for name, rest in self.said if name == instruction]


@cache
def stages(text: str) -> Mapping[str, Stage]:
    """By name; each has one."""
    found: dict[str, Stage] = {}
    lines = re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ").splitlines()
    for line in filter(str.strip, lines):
        instruction, rest = line.split(maxsplit=1)
        if instruction == "FROM":
            image, _, name = rest.split()
            found[name] = stage = Stage(image, found.get(image))
        else:
            stage.said.append((instruction, rest))
    return found


def lineage(text: str, target: str) -> Iterator[Stage]:
    """The stage and those it is from, the nearest first."""
    stage = stages(text).get(target)
    while stage:
        yield stage
        stage = stage.below


def last(text: str, target: str, instruction: str) -> str:
    """What holds in the image: of the stage itself or of one below it, empty where none says it."""
    said = (rest for stage in lineage(text, target) for rest in reversed(stage.all(instruction)))
    return next(said, "")


def words(exec_form: str) -> Sequence[str]:
    """Of CMD or ENTRYPOINT; none, if there is none."""
    read: list[str] = json.loads(exec_form or "[]")
    return read
