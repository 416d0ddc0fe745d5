"""A copy of the product with one rule of the promise broken, and children that run it.

An edit is a text that must be there exactly once: when the code moves on, the copy says so
instead of quietly being whole.
"""

import dataclasses
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from embedded.child import Child
from embedded.settings import ROOT

SERVICES = ("ugc_api", "etl", "clickhouse")
PACKAGES = ("ugc_events", "configuration", "telemetry", "client_gaps", *SERVICES)
Edit = tuple[str, str]  # what is there, what comes instead
AnyChild = TypeVar("AnyChild", bound=Child)


def broken_copy(folder: Path, file: str, edits: Sequence[Edit]) -> Path:
    """`folder`, made, with the edits in its `file`. Raises ValueError for one that does not fit."""
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    broken = folder / file
    text = broken.read_text(encoding="utf-8")
    for before, after in edits:
        if (times := text.count(before)) != 1:
            raise ValueError(f"{file} has this {times} times, not once:\n{before}")
        text = text.replace(before, after)
    broken.write_text(text, encoding="utf-8")
    return folder


def running(child: AnyChild, copy: Path) -> AnyChild:
    """The same child, not started, made of `copy` alone: the product is out of its sight."""
    environment = {
        **child.recipe.environment,
        "PYTHONPATH": str(copy),
        "PYTHONSAFEPATH": "1",  # or the working folder would come first
    }
    return type(child)(dataclasses.replace(child.recipe, environment=environment))
