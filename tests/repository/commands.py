"""What lines of shell, kept in some other file, ask of this repository: targets, scripts."""

import re
import shlex
from collections.abc import Iterator

from embedded.settings import ROOT

TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
FOLDERS = {entry.name for entry in ROOT.iterdir() if entry.is_dir()}


def missing(script: str) -> Iterator[str]:
    """Each target of make and each path into one of our folders that is not there."""
    for line in script.splitlines():
        words = list(shlex.shlex(line, posix=True, punctuation_chars=True))
        for place, word in enumerate(words):
            if word == "make":
                yield from (f"make {t}" for t in targets(words[place + 1 :]) - TARGETS)
            elif word.split("/")[0] in FOLDERS and "/" in word and not (ROOT / word).exists():
                yield word


def targets(arguments: list[str]) -> set[str]:
    """Up to what ends the command."""
    ends = [n for n, word in enumerate(arguments) if set(word) <= set("();<>|&")]
    own = arguments[: ends[0]] if ends else arguments
    return {word for word in own if "=" not in word and not word.startswith("-")}
