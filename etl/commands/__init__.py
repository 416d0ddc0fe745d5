"""One module per command of `python -m etl`: its arguments, what it prints, its exit code.

A module has `arguments(parser)`, unless it takes none, and `command(settings, arguments)`; its
docstring's first line is its help. Results go to stdout, progress and complaints to stderr.
"""

import sys

DONE = 0
FAILED = 1
DIFFERS = 3
"""It was done, and what it found is not as it should be."""

USAGE = 2
NEEDS_A_PERSON = 5
"""The worker stopped, and started again would only do the same, or worse: look first."""


def say(text: str) -> None:
    sys.stdout.write(text + "\n")


def fail(text: str, code: int = FAILED) -> int:
    sys.stderr.write(text.rstrip() + "\n")
    return code
