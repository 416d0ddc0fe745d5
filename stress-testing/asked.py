"""What is asked for on a command line of these tools."""

import argparse
import math
from pathlib import Path

from embedded.settings import ROOT

KEPT = ROOT / "stress-testing" / "results"
LATEST = KEPT / "latest"
"""For what is not to take the place of a kept run; git ignores it."""


def whole_number(text: str) -> int:
    """From 1 on."""
    if not (text.isdecimal() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 on")
    return int(text)


def amount(text: str) -> float:
    """Above zero, and finite."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is no number above 0")
    return value


def folder(chosen: Path | None, whole: bool) -> Path:
    """Where results go: those of a whole run over the kept ones."""
    return chosen or (KEPT if whole else LATEST)
