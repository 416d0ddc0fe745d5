"""A soak as one picture, kills marked."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import matplotlib as mpl
from soak.census import KILLED
from soak.outcome import Outcome
from soak.sampling import Sample

mpl.use("Agg")

from matplotlib import pyplot as plt

NAN = float("nan")
SECONDS = (0.2, 0.5, 1, 2, 5, 10)
COLOURS = {
    "etl": "#1f6fb2",
    "api": "#c23b22",
    "kafka": "#e3a008",
    "clickhouse": "#2f855a",
    "nginx worker": "#7b4fa3",
    "nginx": "#b794d4",
    "supervisor": "0.55",
}


def draw(outcome: Outcome, file: Path) -> Path:
    samples, verdict = outcome.samples, outcome.verdict
    at = [one.at / 60 for one in samples]
    figure, rows = plt.subplots(7, 1, figsize=(13, 17), sharex=True, layout="constrained")
    rate, freshness, lag, memory, handles, cpu, parts = rows
    wrong = outcome.complaints()
    kinds = ("missing", "twice", "different")
    counted = ", ".join(f"{verdict.differences.get(kind, 0)} {kind}" for kind in kinds)
    rate.set_title(
        f"{outcome.minutes:g} minutes, {verdict.accepted:,} events answered with 202, "
        f"{len(outcome.kills)} kills: {counted}"
        + (f"; {len(wrong)} complaints" if wrong else f"; of {outcome.judged} curves none grows"),
        loc="left",
    )
    rate.plot(at, _rates(samples), color=COLOURS["etl"])
    rate.set_ylabel("events accepted\na second")
    freshness.plot(at, [NAN if s.freshness is None else s.freshness for s in samples])
    freshness.set_yscale("log")
    freshness.set_yticks(SECONDS, [f"{one:g}" for one in SECONDS])
    freshness.set_ylabel("seconds from\n202 to SELECT")
    lag.plot(at, [NAN if one.lag is None else one.lag for one in samples])
    lag.set_ylabel("events not\nyet stored")
    for name, colour in COLOURS.items():
        there = [one.processes.get(name) for one in samples]
        if not any(there):
            continue
        style = {"color": colour, "label": name, "linewidth": 1.3}
        memory.plot(at, [NAN if one is None else one.own for one in there], **style)
        handles.plot(at, [NAN if one is None else one.handles for one in there], **style)
        cpu.plot(at, _cpu(samples, name), **style)
    memory.set_ylabel("memory of\nits own, MiB")
    handles.set_ylabel("open handles")
    cpu.set_ylabel("cores in use")
    for table in outcome.parts:
        parts.plot(at, [one.parts.get(table, NAN) for one in samples], label=table, linewidth=1)
    parts.set_ylabel("active parts")
    log = parts.twinx()
    log.plot(at, [one.log for one in samples], color="0.6", linestyle="--")
    log.set_ylabel("Kafka's log, MiB (dashed)")
    log.set_ylim(bottom=0)
    parts.set_xlabel("minutes")
    for axes in rows:
        axes.spines[["top", "right"]].set_visible(False)
        axes.margins(x=0)
        if axes.get_yscale() == "linear":
            axes.set_ylim(bottom=0)
        for kill in outcome.kills:
            axes.axvline(kill.at / 60, color=COLOURS[kill.part], linewidth=0.9, alpha=0.6)
    for kill in outcome.kills:
        where = {"xy": (kill.at / 60, 0.02), "xycoords": ("data", "axes fraction")}
        rate.annotate(kill.part, **where, rotation=90, fontsize=7, ha="right")
    for axes in (memory, parts):
        axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1.07, 1.0), fontsize=9)
    assert set(KILLED) <= set(COLOURS)  # noqa: S101 - each kill has its colour
    figure.savefig(file, dpi=75)
    plt.close(figure)
    return file


def _rates(samples: Sequence[Sample]) -> list[float]:
    rates = [(b.accepted - a.accepted) / (b.at - a.at) for a, b in pairwise(samples)]
    return [*rates[:1], *rates]


def _cpu(samples: Sequence[Sample], name: str) -> list[float]:
    """Between samples of one process."""
    found = [NAN]
    for a, b in pairwise(samples):
        one, other = a.processes.get(name), b.processes.get(name)
        if one is None or other is None or one.pid != other.pid:
            found.append(NAN)
        else:
            found.append((other.cpu_s - one.cpu_s) / (b.at - a.at))
    return found
