"""A run of load as one picture, from its JSON: rate, latency, errors, lag and freshness.

Counts of a second are drawn as steps, and so are lag and freshness, which stay as they were until
somebody looks again: the worker every five seconds (etl/feed.py), the canary at its next event.
Between two looks of the worker a wave may come and go unseen.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")

from matplotlib import pyplot as plt

BLUE, LIGHT, RED, GREY = "#1f6fb2", "#7fb7e0", "#c23b22", "0.45"
COLOURS = {"202": BLUE, "200": LIGHT, "404": "0.6", "429": "#e3a008", "503": RED, "none": "#222222"}
ACCEPTED = ("200", "202")
STEPS = {"drawstyle": "steps-post", "linewidth": 1.2}
POINTS = {"marker": ".", "markersize": 4, "linewidth": 1.2}  # seconds that stand alone


def redraw(file: Path) -> Path:
    """The picture beside the JSON."""
    return draw(json.loads(file.read_text()), file.with_suffix(".png"))


def _held(counts: list[int]) -> list[int]:
    """Until the end of the last second: a step is as wide as what it counts."""
    return [*counts, *counts[-1:]]


def _taken(run: dict[str, Any]) -> str:
    on = run["machine"]
    return (
        f"taken {run['taken']} on {on['cores']} cores of {on['processor']}, {on['system']}, "
        f"Python {on['python']}; viewers and stack on the same machine"
    )


def draw(run: dict[str, Any], file: Path) -> Path:
    seconds: Sequence[dict[str, Any]] = run["seconds"]
    began = min([one["at"] for one in seconds] or [0])
    at = [one["at"] - began for one in seconds]
    ends = [*at, *(one + 1 for one in at[-1:])]
    outage = [moment - began for moment in run["outage"]]
    figure, rows = plt.subplots(
        5, 1, figsize=(12, 12), sharex=True, layout="constrained", height_ratios=(3, 3, 2, 2, 2)
    )
    rate, latency, errors, lag, freshness = rows
    bad = "; ".join(run["complaints"]) or "within its limits"
    rate.set_title(
        f"{run['scenario']}: {run['title']}\n{run['requests']:,} requests of {run['users']} "
        f"viewers; p50 {run['p50_ms']:.0f}, p95 {run['p95_ms']:.0f}, p99 {run['p99_ms']:.0f} ms; "
        f"{run['failed']:,} failed, {run['refused']:,} refused: {bad}",
        loc="left",
        fontsize=11,
    )
    statuses = sorted({status for one in seconds for status in one["statuses"]})
    per_status = {s: [one["statuses"].get(s, 0) for one in seconds] for s in statuses}
    good = {s: n for s, n in per_status.items() if s in ACCEPTED}
    if good:
        rate.stackplot(
            ends,
            *map(_held, good.values()),
            labels=list(good),
            colors=[COLOURS[s] for s in good],
            linewidth=0,
            step="post",
        )
    rate.set_ylabel("requests accepted\na second")
    for name, colour in (("p50", LIGHT), ("p95", BLUE), ("p99", GREY)):
        latency.plot(
            at, [one[f"{name}_ms"] or None for one in seconds], color=colour, label=name, **POINTS
        )
    latency.axhline(run["limits"]["p95_ms"], color=RED, linestyle="--", label="limit of p95")
    latency.set_yscale("log")
    latency.set_ylabel("ms, without refusals")
    for status, counts in per_status.items():
        if status not in ACCEPTED:
            errors.plot(ends, _held(counts), label=status, color=COLOURS.get(status), **STEPS)
    failures = _held([one["failed"] for one in seconds])
    errors.fill_between(
        ends, failures, color=RED, alpha=0.3, linewidth=0, step="post", label="should not be"
    )
    allowed = run["limits"]["failures"] * run["requests"] / max(len(seconds), 1)
    errors.axhline(allowed, color=RED, linestyle="--", label="limit of failures, on average")
    errors.set_ylabel("other answers\na second")
    seen = [one for one in run["observed"] if 0 <= one["at"] - began <= max(at, default=0)]
    moments = [one["at"] - began for one in seen]
    lag.plot(moments, [one["lag"] for one in seen], color=BLUE, **STEPS)
    lag.set_ylabel("events not yet\nstored, as of every\nfifth second")
    freshness.plot(moments, [one["freshness"] for one in seen], color=BLUE, **STEPS)
    freshness.set_ylabel("seconds from\n202 to SELECT")
    freshness.set_xlabel(f"seconds\n{_taken(run)}")
    for axes in rows:
        axes.spines[["top", "right"]].set_visible(False)
        axes.margins(x=0)
        if axes.get_yscale() == "linear":
            axes.set_ylim(bottom=0)
        if axes.get_legend_handles_labels()[0]:
            axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize=9)
        if outage:
            axes.axvspan(*outage, color=RED, alpha=0.08)
    if outage:
        errors.text(outage[0], 0, " Kafka stands still", fontsize=8, va="bottom")
    figure.savefig(file, dpi=70)
    plt.close(figure)
    return file
