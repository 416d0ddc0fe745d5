"""The stores beside each other as one picture, from the JSON: medians of the passes, and whiskers
from the least to the most."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
from storage.outcome import Outcome, Results, Spread, spread
from storage.report import ANSWERING, per_s, storing

mpl.use("Agg")

from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from telemetry.screen import number

COLOURS = {
    "ClickHouse": "#e3a008",
    "ClickHouse+fsync": "#a8760a",
    "PostgreSQL": "#1f6fb2",
    "PostgreSQL+async": "#7fb7e0",
}
TABLES = {"views": 1.0, "positions": 0.7, "viewer_days": 0.4}

Stores = Mapping[str, Sequence[Outcome]]


def draw(results: Results, file: Path) -> Path:
    stores, one = results.by_store, results.passes[0]
    stored = storing(one)
    figure, axes = plt.subplots(3, 2, figsize=(13, 12), layout="constrained")
    (cpu, loads), (cpu_answers, answers), (mixed, disk) = axes
    passes = max(map(len, stores.values()))
    figure.suptitle(
        f"{number(results.rows)} view events in ClickHouse and PostgreSQL, {results.cores} cores; "
        + (f"medians of {passes} passes, whiskers are their range; " if passes > 1 else "")
        + "one client, one thing at a time; logarithmic but for the disk",
        x=0.01,
        ha="left",
        fontsize=11,
    )
    sizes = [work.name.replace(" of ", "\nof ") for work in stored]
    _bars(
        cpu,
        "CPU of the store for an event, µs, merges and vacuum included",
        sizes,
        stores,
        lambda s: [work.cpu(s) for work in stored],
    )
    _bars(
        loads,
        "events stored a second (more is better)",
        sizes,
        stores,
        lambda s: [per_s(work)(s) for work in stored],
    )
    questions = ["where\ndid I stop", "most watched\nof a week", "viewers\nper day"]
    _bars(
        cpu_answers,
        "CPU of the store for an answer, ms",
        questions,
        stores,
        lambda s: [work.cpu(s) for work in ANSWERING],
    )
    _bars(
        answers,
        "an answer takes, p50, ms",
        questions,
        stores,
        lambda s: [work.clock(s) for work in ANSWERING],
    )
    _bars(
        mixed,
        f"an answer takes while {number(one.mixed.offered_per_s)} events a second come, ms",
        ["where did I stop\np50", "where did I stop\np99", "most watched\np50"],
        stores,
        lambda s: [s.mixed.positions.p50_ms, s.mixed.positions.p99_ms, s.mixed.most_watched.p50_ms],
    )
    _disk(disk, stores, results.rows)
    cpu.legend(frameon=False, fontsize=9)
    figure.savefig(file, dpi=75)
    plt.close(figure)
    return file


def _bars(
    axes: Axes,
    title: str,
    groups: Sequence[str],
    stores: Stores,
    values: Callable[[Outcome], Sequence[float]],
) -> None:
    """A group for each kind of measurement, a bar for each store, on a logarithmic scale."""
    width = 0.8 / len(stores)
    for place, (name, passes) in enumerate(stores.items()):
        at = [group + (place - (len(stores) - 1) / 2) * width for group in range(len(groups))]
        found = [spread(figures) for figures in zip(*map(values, passes), strict=True)]
        drawn = axes.bar(
            at,
            [one.median for one in found],
            width,
            color=COLOURS[name],
            label=name,
            yerr=_whiskers(found) if len(passes) > 1 else None,
            error_kw={"elinewidth": 1, "capsize": 3},
        )
        axes.bar_label(drawn, [_short(one.median) for one in found], fontsize=8, padding=1)
    axes.set_yscale("log")
    axes.set_xticks(range(len(groups)), groups)
    axes.margins(y=0.15)
    _plain(axes, title)


def _whiskers(found: Sequence[Spread]) -> Sequence[Sequence[float]]:
    """Downwards and upwards of each bar."""
    return [[s.median - s.least for s in found], [s.most - s.median for s in found]]


def _disk(axes: Axes, stores: Stores, rows: int) -> None:
    """Bytes an event of the first pass; each table stands on the one before."""
    for place, (name, (first, *_)) in enumerate(stores.items()):
        below = 0.0
        for table, opacity in TABLES.items():
            height = first.disk[table] / rows
            axes.bar(place, height, 0.6, below, color=COLOURS[name], alpha=opacity)
            below += height
        events = first.disk["views"] / rows
        axes.text(place, below, f"{events:.0f} events\n{below:.0f} all", ha="center", va="bottom")
    axes.set_xticks(range(len(stores)), list(stores))
    axes.margins(y=0.2)
    _plain(axes, "disk, bytes an event: the events, above them positions and viewers' days")


def _plain(axes: Axes, title: str) -> None:
    axes.set_title(title, loc="left", fontsize=10)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(axis="x", length=0)


def _short(value: float) -> str:
    if value >= 10_000:
        return f"{value / 1000:.0f}k"
    return f"{value:.0f}" if value >= 10 else f"{value:.2g}"
