"""`make soak`: the whole stack of `make run` under steady load for an hour, its parts killed in
turn. Ends with 1 when an event is lost, twice or different, or when a curve grows. Results are kept
of the whole hour; of a run of other sizes they are in results/latest.
"""

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

import uvloop
from asked import KEPT, amount, folder
from capacity import page
from soak.report import write
from soak.run import soak

from embedded.errors import CannotStart
from telemetry.screen import Screen
from tests.stack import place, supervised

WHOLE_MINUTES = 60.0


def main() -> int:
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    minutes = os.environ.get("SOAK_MINUTES") or str(WHOLE_MINUTES)
    parser.add_argument("--minutes", type=amount, default=minutes, help="else SOAK_MINUTES, or 60")
    parser.add_argument("--rate", type=amount, help="events a second; else half of the capacity")
    parser.add_argument("--results", type=Path, help="where to")
    chosen = parser.parse_args()
    results = folder(chosen.results, (chosen.minutes, chosen.rate) == (WHOLE_MINUTES, None))
    screen = Screen(sys.stdout)
    data = Path(tempfile.mkdtemp(prefix="ugc-soak-"))
    try:
        with place(data / "data") as settings, supervised(settings, data / "log") as stack:
            screen.say(f"starting the stack in {data}")
            stack.wait_ready()
            outcome = uvloop.run(
                soak(settings, stack.process.pid, chosen.minutes, chosen.rate, screen)
            )
    except CannotStart as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        shutil.rmtree(data)
        return 130
    write(outcome, results)
    if results == KEPT:
        page.write()
    wrong = outcome.complaints()
    screen.table("something is wrong" if wrong else outcome.all_well, wrong)
    screen.say(f"kept: {results / 'soak.json'}, soak.md, soak.png")
    if wrong:
        screen.say(f"the stack's log and data are left in {data}")
    else:
        shutil.rmtree(data)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
