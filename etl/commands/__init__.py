"""One module per command of `python -m etl`: its arguments, what it prints, its exit code.

A module has `arguments(parser)`, unless it takes none, and `command(settings, arguments)`; its
docstring's first line is its help. Results go to stdout, progress and complaints to stderr.
"""

import sys

DONE = 0
FAILED = 1
DIFFERS = 3
"""It was done, and what it found is not as it should be. (2 is argparse's: wrong usage.)"""


def say(text: str) -> None:
    sys.stdout.write(text + "\n")


def fail(text: str) -> int:
    sys.stderr.write(text + "\n")
    return FAILED
