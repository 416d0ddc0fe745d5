"""`make storage ARGS="--rows 10_000_000"`: the same events into each store, and what it costs.

In a pass each store has its turn, with tables that are new. Stores that are measured alone
(`--only`) take the place of their earlier passes in the file of the results, beside those of the
others, if these had the same events: as many, on the same day. Ends with 1 when the stores do not
answer alike. Results are kept of a million rows and of ten; of others they are in results/latest.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import uvloop
from asked import KEPT, folder
from capacity import page as capacity
from storage import outcome, page
from storage.candidates import CANDIDATES, MEMORY, fsync_ms
from storage.outcome import Results
from storage.picture import draw
from storage.plan import Plan
from storage.report import table
from storage.trial import Trial

from embedded.errors import CannotStart
from telemetry.screen import Screen, columns

FEWEST = 2000
WHOLE = (1_000_000, 10_000_000)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make storage", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--only", choices=CANDIDATES, nargs="+", default=list(CANDIDATES))
    parser.add_argument("--passes", type=int, default=3)
    parser.add_argument("--results", type=Path, help="where to")
    chosen = parser.parse_args(arguments)
    if chosen.rows < FEWEST:
        parser.error(f"--rows: {FEWEST} at least")
    if chosen.passes < 1:
        parser.error("--passes: 1 at least")
    turns = [*chosen.only] * chosen.passes
    results = folder(chosen.results, chosen.rows in WHOLE)
    try:
        return uvloop.run(_compare(turns, Plan(chosen.rows), results))
    except CannotStart as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        return 130


async def _compare(turns: Sequence[str], plan: Plan, place: Path) -> int:
    screen, today = Screen(sys.stdout), datetime.now(UTC).date()
    file = place / f"storage-{named(plan.rows)}.json"
    results = Results(plan.rows, str(today), os.cpu_count() or 1, MEMORY >> 30)
    results = results.joining(file, turns)
    for turn, name in enumerate(turns, 1):
        screen.say(f"{name}: turn {turn} of {len(turns)}")
        with tempfile.TemporaryDirectory(prefix="ugc-storage-") as data:
            async with CANDIDATES[name](Path(data)) as store:
                trial = Trial(name, store, plan, today, screen)
                measured = await trial.run(fsync_ms(Path(data)))
        results = results.with_one(measured, list(CANDIDATES))
        outcome.write(results, file)
    screen.table("what it cost", columns(table(results)))
    screen.say(f"kept: {file}, {draw(results, file.with_suffix('.png')).name}")
    if place == KEPT:
        page.write()
    if file in capacity.KEPT:
        capacity.write()
    if not results.agree:
        screen.say("the stores do not answer alike")
    return 0 if results.agree else 1


def named(rows: int) -> str:
    """1m, 10m, 250k."""
    for unit, letter in ((1_000_000, "m"), (1000, "k")):
        if rows % unit == 0:
            return f"{rows // unit}{letter}"
    return str(rows)


if __name__ == "__main__":
    sys.exit(main())
