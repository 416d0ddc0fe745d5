"""`python -m simulator` plays viewers to the running stack: `make demo`."""

import argparse
import os
import secrets
import sys
from contextlib import suppress

import uvloop

from configuration import InvalidSettings
from embedded.errors import CannotStart
from embedded.settings import Settings
from simulator.demo import Choice, demo
from simulator.errors import CannotPlay
from telemetry.screen import Screen

SEEDS = 1_000_000_000


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m simulator", description=__doc__)
    parser.add_argument("--rate", type=_positive, default=500.0, help="reports a second")
    parser.add_argument("--seconds", type=_positive, default=60.0, help="for how long")
    parser.add_argument("--seed", type=int, help="of who watches what; else a new one")
    chosen = parser.parse_args(arguments)
    seed = secrets.randbelow(SEEDS) if chosen.seed is None else chosen.seed
    try:
        settings = Settings.from_environment()
        return uvloop.run(
            demo(settings, Choice(chosen.rate, chosen.seconds, seed), Screen(sys.stdout))
        )
    except (CannotPlay, CannotStart, InvalidSettings) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\nstopped half-way: nothing was compared\n")
        return 130
    except BrokenPipeError:  # nobody reads any more; what is still buffered goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _positive(text: str) -> float:
    with suppress(ValueError):
        number = float(text)
        if 0 < number < float("inf"):
            return number
    raise argparse.ArgumentTypeError(f"{text} is no number above 0")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
