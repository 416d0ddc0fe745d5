"""`make soak`: the whole stack of `make run` under steady load for an hour, its parts killed in
turn. Ends with 1 when an event is lost, twice or different, or when a curve grows.
"""

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

import uvloop
from capacity import page
from soak.report import write
from soak.run import soak

from embedded.errors import CannotStart
from embedded.settings import ROOT
from telemetry.screen import Screen
from tests.stack import place, supervised

RESULTS = ROOT / "stress-testing" / "results"


def main() -> int:
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    minutes = float(os.environ.get("SOAK_MINUTES") or 60)
    parser.add_argument("--minutes", type=float, default=minutes)
    parser.add_argument("--rate", type=float, help="events a second; else half of the capacity")
    parser.add_argument("--results", type=Path, default=RESULTS)
    chosen = parser.parse_args()
    screen = Screen(sys.stdout)
    folder = Path(tempfile.mkdtemp(prefix="ugc-soak-"))
    try:
        with place(folder / "data") as settings, supervised(settings, folder / "log") as stack:
            screen.say(f"starting the stack in {folder}")
            stack.wait_ready()
            outcome = uvloop.run(
                soak(settings, stack.process.pid, chosen.minutes, chosen.rate, screen)
            )
    except CannotStart as error:
        sys.stderr.write(f"{error}\n")
        return 1
    write(outcome, chosen.results)
    if chosen.results == RESULTS:
        page.write()
    wrong = outcome.complaints()
    screen.table("something is wrong" if wrong else outcome.all_well, wrong)
    screen.say(f"{chosen.results / 'soak.png'}")
    if wrong:
        screen.say(f"the stack's log and data are left in {folder}")
    else:
        shutil.rmtree(folder)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
