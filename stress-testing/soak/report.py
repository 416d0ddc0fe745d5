"""A soak as JSON, page and picture: `soak.json`, `soak.md`, `soak.png`."""

from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from statistics import median

import msgspec
from keeping import keep
from soak.judging import MOST_PARTS, allowance
from soak.outcome import Outcome
from soak.picture import draw

from telemetry.screen import number

MOST_POINTS = 240  # samples that are kept


def write(outcome: Outcome, folder: Path) -> None:
    """Of the samples as many are kept as a picture can show."""
    step = -(-len(outcome.samples) // MOST_POINTS) or 1
    kept = replace(outcome, samples=outcome.samples[::step])
    keep({**asdict(kept), "complaints": outcome.complaints()}, folder / "soak.json")
    redraw(folder)


def redraw(folder: Path) -> None:
    """Page and picture from `soak.json` beside them."""
    outcome = msgspec.json.decode((folder / "soak.json").read_bytes(), type=Outcome)
    (folder / "soak.md").write_text("\n".join(_page(outcome)) + "\n")
    draw(outcome, folder / "soak.png")


def _page(outcome: Outcome) -> Iterator[str]:
    verdict, wrong = outcome.verdict, outcome.complaints()
    half = ", half of what the ramp before it reached" if outcome.ramp else ""
    yield "# Soak: the whole stack under steady load, its parts killed in turn"
    yield ""
    yield (
        f"By `make soak`: {outcome.minutes:g} minutes at {outcome.rate:.0f} events a second{half}, "
        f"through nginx, the clients on the same machine "
        f"({outcome.machine}). Then every answered event was compared with every row of `views`, "
        "`latest_view`, `longest_view`, `viewer_days` and `film_daily`."
    )
    yield ""
    yield "![freshness, memory, handles and parts over time, kills marked](soak.png)"
    yield ""
    yield "| | |"
    yield "|---|--:|"
    yield f"| events answered with 202 | {number(verdict.accepted)} |"
    yield f"| events stored | {number(verdict.stored)} |"
    yield f"| sent twice on purpose | {number(outcome.again)} |"
    for status, times in sorted(outcome.answers.items()):
        yield f"| requests answered {status or 'not at all'} | {number(times)} |"
    for kind in ("missing", "twice", "different", "beyond the ledger"):
        yield f"| **{kind}** | **{number(verdict.differences.get(kind, 0))}** |"
    yield f"| rows of nobody | {number(verdict.strays)} |"
    for table, count in outcome.parts.items():
        yield f"| most active parts of `{table}`, {MOST_PARTS} allowed | {count} |"
    yield ""
    yield "What was killed, and after how many seconds all was well again:"
    yield ""
    yield "| part | kills | slowest | median |"
    yield "|---|--:|--:|--:|"
    for part in dict.fromkeys(kill.part for kill in outcome.kills):
        took = [kill.well_after for kill in outcome.kills if kill.part == part]
        yield f"| {part} | {len(took)} | {max(took):.1f} s | {median(took):.1f} s |"
    yield ""
    yield (
        "Growth of each process between two of its starts, once it is warm "
        "([flatness.py](../soak/flatness.py)). Of the stretch that grew fastest: growth an hour, "
        "how much that came to, and where it ended; from how much an hour on it would have been "
        "found to grow, which is the more the shorter it was; and the level that is no growth in "
        "any case ([judging.py](../soak/judging.py)):"
    )
    yield ""
    yield "| curve | stretches | an hour | risen by | to | found from | settles at | grow |"
    yield "|---|--:|--:|--:|--:|--:|--:|--:|"
    yield from _growth(outcome)
    yield ""
    yield "Wrong:" if wrong else outcome.all_well
    yield from (f"- {line}" for line in wrong)


def _growth(outcome: Outcome) -> Iterator[str]:
    for name in dict.fromkeys((one.process, one.what) for one in outcome.curves):
        stretches = [one for one in outcome.curves if (one.process, one.what) == name]
        judged = [(one, one.trend) for one in stretches if one.trend is not None]
        process, what = name
        title = f"{process}: {what}" if process else what
        if not judged:
            yield f"| {title} | 0 | | | | | | |"
            continue
        _, steepest = max(judged, key=lambda pair: pair[1].per_hour)
        allowed = allowance(what, process)
        yield (
            f"| {title} | {len(judged)} | {steepest.per_hour:+.1f} | {steepest.rise:+.1f} "
            f"| {steepest.level:.1f} | {allowed.noticed(steepest):.1f} "
            f"| {f'{allowed.settled:.0f}' if allowed.settled else ''} "
            f"| {sum(one.grows for one, _ in judged)} |"
        )
