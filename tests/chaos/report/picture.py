"""The report as a picture: events answered and stored over time, with every fault marked.

The cases stand one after the other on one axis of time.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl

from tests.chaos.outcome import Outcome
from tests.chaos.report.totals import controls, real, totals

mpl.use("Agg")

from matplotlib import pyplot as plt

ANSWERED, STORED, FAULT, BAD = "#1f6fb2", "#7fb7e0", "#c23b22", "#7a1f1f"


def draw(outcomes: Sequence[Outcome], file: Path) -> None:
    cases, broken = real(outcomes), controls(outcomes)
    figure, (events, backlog, strip, control) = plt.subplots(
        4,
        1,
        figsize=(14, 11),
        height_ratios=(4, 2, 3, 2),
        layout="constrained",
    )
    backlog.sharex(events)
    strip.sharex(events)
    targets = sorted({fault.target for one in cases for fault in one.faults})
    began, answered, stored = 0.0, 0, 0
    for n, one in enumerate(cases):
        at = [(began + sample.at) / 60 for sample in one.samples]
        accepted = [answered + sample.answered for sample in one.samples]
        there = [stored + sample.stored for sample in one.samples]
        events.fill_between(at, there, color=STORED, linewidth=0, label="" if n else "stored")
        events.plot(at, accepted, color=ANSWERED, linewidth=1.4, label="" if n else "answered")
        waiting = [max(0, a - s) for a, s in zip(accepted, there, strict=True)]
        backlog.fill_between(at, waiting, color=ANSWERED, alpha=0.6, linewidth=0)
        for fault in one.faults:
            marks = {"x": (began + fault.at) / 60, "color": FAULT, "linewidth": 0.6}
            events.axvline(**marks, alpha=0.15)
            strip.plot(marks["x"], targets.index(fault.target), "|", color=FAULT, markersize=11)
        length = max([one.took_s, *(sample.at for sample in one.samples)])
        if n % 2:
            for axes in (events, backlog, strip):
                axes.axvspan(began / 60, (began + length) / 60, color="0.94", zorder=0)
        strip.text(
            (began + length / 2) / 60,
            len(targets) - 0.35,
            one.case,
            rotation=60,
            fontsize=7,
            ha="left",
            va="bottom",
        )
        began += length
        answered += one.accepted
        # Stored ones that were never answered count as well; the next case begins anew.
        stored = answered
    whole = totals(outcomes)
    events.set_title(
        f"{whole.accepted:,} events answered with 202 under {whole.faults.total()} faults: "
        f"{whole.lost} lost, {whole.twice} counted twice, {whole.wrong} wrong positions",
        fontsize=12,
    )
    events.set_ylabel("events")
    events.legend(loc="upper left", frameon=False)
    backlog.set_ylabel("answered,\nnot yet stored")
    strip.set_yticks(range(len(targets)), targets)
    strip.set_ylim(-0.6, len(targets) + 4)
    strip.set_xlabel("minutes")
    strip.set_ylabel("faults", loc="bottom")
    _controls(control, broken)
    for axes in (events, backlog, strip, control):
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(file, dpi=110)
    plt.close(figure)


def _controls(axes: Any, broken: Sequence[Outcome]) -> None:
    """What the same comparison says when a rule is broken on purpose."""
    axes.set_title(
        "negative controls: one rule broken on purpose, and how much is noticed", loc="left"
    )
    width = 0.25
    for n, (name, colour) in enumerate((("lost", BAD), ("twice", FAULT), ("wrong", STORED))):
        heights = [getattr(one, name) for one in broken]
        places = [i + (n - 1) * width for i in range(len(broken))]
        bars = axes.bar(places, heights, width * 0.9, color=colour, label=name)
        axes.bar_label(bars, fontsize=8)
    axes.set_xticks(range(len(broken)), [one.case for one in broken], fontsize=8)
    axes.set_ylabel("events")
    axes.margins(y=0.45)  # room for the legend above the bars
    axes.legend(frameon=False, ncols=3, loc="upper right")
