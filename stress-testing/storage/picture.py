"""The stores beside each other as one picture, from the JSON."""

from collections.abc import Callable, Sequence
from pathlib import Path

import matplotlib as mpl
from storage.outcome import Outcome, Results

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
TABLES = {"views": 1.0, "latest_view": 0.7, "longest_view": 0.5, "viewer_days": 0.3}


def draw(results: Results, file: Path) -> Path:
    stores = [store for name in COLOURS for store in results.stores if store.name == name]
    figure, axes = plt.subplots(3, 2, figsize=(13, 12), layout="constrained")
    (loads, cpu), (reads, reports), (mixed, disk) = axes
    figure.suptitle(
        f"{number(results.rows)} view events in ClickHouse and PostgreSQL, "
        f"{results.cores} cores; one client, one thing at a time; logarithmic but for the disk",
        x=0.01,
        ha="left",
    )
    sizes = [f"in {number(load.batch)}s" for load in stores[0].loads[1:]] + ["one by one"]
    _bars(
        loads,
        "events stored a second (more is better)",
        sizes,
        stores,
        lambda s: [*(load.per_s for load in s.loads[1:]), s.single.per_s],
    )
    _bars(
        cpu,
        "CPU of the store for an event, µs, merges and vacuum included",
        sizes,
        stores,
        lambda s: [*(load.cpu_us for load in s.loads[1:]), s.single.cpu_us],
    )
    _bars(
        reads,
        "where did I stop: ms an answer",
        ["p50", "p99"],
        stores,
        lambda s: [s.positions.p50_ms, s.positions.p99_ms],
    )
    _bars(
        reports,
        "reports: ms an answer",
        ["most watched films\nof a week", "viewers per day"],
        stores,
        lambda s: [s.most_watched.p50_ms, s.viewers_per_day.p50_ms],
    )
    _bars(
        mixed,
        f"the same while {number(stores[0].mixed.offered_per_s)} events a second come, ms",
        ["where did I stop\np50", "where did I stop\np99", "most watched\np50"],
        stores,
        lambda s: [s.mixed.positions.p50_ms, s.mixed.positions.p99_ms, s.mixed.most_watched.p50_ms],
    )
    _disk(disk, stores, results.rows)
    loads.legend(frameon=False, fontsize=9)
    figure.savefig(file, dpi=75)
    plt.close(figure)
    return file


def _bars(
    axes: Axes,
    title: str,
    groups: Sequence[str],
    stores: Sequence[Outcome],
    values: Callable[[Outcome], Sequence[float]],
) -> None:
    """A group for each kind of measurement, a bar for each store, on a logarithmic scale."""
    width = 0.8 / len(stores)
    for place, store in enumerate(stores):
        at = [group + (place - (len(stores) - 1) / 2) * width for group in range(len(groups))]
        drawn = axes.bar(at, values(store), width, color=COLOURS[store.name], label=store.name)
        axes.bar_label(drawn, [_short(value) for value in values(store)], fontsize=8, padding=1)
    axes.set_yscale("log")
    axes.set_xticks(range(len(groups)), groups)
    axes.margins(y=0.15)
    _plain(axes, title)


def _disk(axes: Axes, stores: Sequence[Outcome], rows: int) -> None:
    """Bytes an event; each table stands on the one before."""
    for place, store in enumerate(stores):
        below = 0.0
        for table, opacity in TABLES.items():
            height = store.disk[table] / rows
            axes.bar(place, height, 0.6, below, color=COLOURS[store.name], alpha=opacity)
            below += height
        events = store.disk["views"] / rows
        axes.text(place, below, f"{events:.0f} events\n{below:.0f} all", ha="center", va="bottom")
    axes.set_xticks(range(len(stores)), [store.name for store in stores])
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
