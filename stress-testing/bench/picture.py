"""A run as one picture, from its record: CPU by process, memory, freshness, reads. Each panel says
how often it was measured. `PYTHONPATH=.:stress-testing .venv/bin/python -m bench.picture FILE.json`
draws a kept run again, beside it.
"""

import sys
from pathlib import Path
from typing import Any, cast

import matplotlib as mpl
import msgspec
from bench.figures import Figure, Record, short
from bench.growth import told
from bench.targets import FRESHNESS, OF_READS

mpl.use("Agg")

from matplotlib import pyplot as plt
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

COLOURS = {"api": "#c23b22", "kafka": "#e3a008", "etl": "#1f6fb2", "engine": "#2f855a"}
OURS, PLAIN = "#1f6fb2", "0.6"
TARGET: dict[str, Any] = {
    "color": "#c23b22", "linestyle": "--", "linewidth": 1, "label": "target for p99"
}  # fmt: skip
COSTS = {"single": "a single POST", "batch": "an event of a batch", "etl": "a row of the ETL"}
KINDS = {"position": "latest position", "list": "list of a viewer", "top": "top films of a week"}


def draw(record: Record, file: Path) -> Path:
    """A row of the picture whose parts were not measured is left out."""
    known = record.by_name()
    rows = {
        "costs": any(f"{part}/all" in known for part in COSTS),
        "times": bool(record.memory or record.freshness_ms),
        "reads": bool(record.tables),
    }
    figure = plt.figure(figsize=(14, 1 + 4 * sum(rows.values())), layout="constrained")
    grid = figure.add_gridspec(sum(rows.values()) or 1, 6)
    row = iter(range(len(rows)))
    if rows["costs"]:
        at = next(row)
        for n, (part, title) in enumerate(COSTS.items()):
            _costs(figure.add_subplot(grid[at, 2 * n : 2 * n + 2]), known, part, title, n == 0)
    if rows["times"]:
        at = next(row)
        _memory(figure.add_subplot(grid[at, :3]), record, known)
        _freshness(figure.add_subplot(grid[at, 3:]), record, known)
    if rows["reads"]:
        at, shared = next(row), None
        for n, (kind, title) in enumerate(KINDS.items()):
            shared = figure.add_subplot(grid[at, 2 * n : 2 * n + 2], sharey=shared)
            _reads(shared, record, known, kind, title, n == 0)
    for axes in figure.axes:
        axes.spines[["top", "right"]].set_visible(False)
    figure.suptitle(
        f"What an event and a read cost: {record.machine['cores']} cores of "
        f"{record.machine['processor']}, {record.taken}",
        x=0.01, ha="left", fontsize=11,
    )  # fmt: skip
    figure.savefig(file, dpi=75)
    plt.close(figure)
    return file


def _costs(axes: Any, known: dict[str, Figure], part: str, title: str, first: bool) -> None:
    """A bar of ours and one of the plain way, stacked by process."""
    for x, way in enumerate((part, f"plain {part}")):
        base = 0.0
        for process, colour in COLOURS.items():
            if one := known.get(f"{way}/{process}"):
                axes.bar(x, one.middle, 0.55, bottom=base, color=colour)
                base += one.middle
        if whole := known.get(f"{way}/all"):
            axes.errorbar(
                x, whole.middle, color="black", capsize=3, linewidth=1,
                yerr=[[whole.middle - min(whole.runs)], [max(whole.runs) - whole.middle]],
            )  # fmt: skip
            above = max(whole.runs)
            axes.text(x, above, f"{short(whole.middle)} us", ha="center", va="bottom", fontsize=9)
    axes.set_xticks([0, 1], ["the product", "the plain way"])
    axes.set_xlim(-0.6, 1.6)
    axes.margins(y=0.12)
    rounds = len(known[f"{part}/all"].runs) if f"{part}/all" in known else 0
    axes.set_title(f"{title}: median of {rounds} rounds", loc="left", fontsize=10)
    if first:
        axes.set_ylabel("CPU us per event")
        handles = [Patch(color=colour) for colour in COLOURS.values()]
        axes.legend(handles, COLOURS, frameon=False, loc="upper left")


def _memory(axes: Any, record: Record, known: dict[str, Figure]) -> None:
    if not record.memory:
        axes.set_axis_off()
        return
    axes.plot(*zip(*record.memory, strict=True), color=OURS)
    peak = known["memory/peak"].middle
    axes.axhline(peak, color="0.6", linestyle=":", linewidth=1)
    axes.set_title(
        "the worker's memory over a backlog, one run (dotted: its peak)\n"
        f"{told(record.memory, peak)}",
        loc="left", fontsize=10,
    )  # fmt: skip
    axes.set_ylim(0, peak * 1.05)
    axes.margins(x=0)
    axes.set_ylabel("resident MiB")
    axes.set_xlabel("rows stored")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda rows, _: f"{rows / 1e6:g}M"))


def _freshness(axes: Any, record: Record, known: dict[str, Figure]) -> None:
    if not record.freshness_ms:
        axes.set_axis_off()
        return
    for part, ms in record.freshness_ms.items():
        plainly = part.startswith("plain ")
        who = "the plain consumer" if plainly else "the product"
        shares = [(n, known.get(f"{part}/p{n}")) for n in (50, 95, 99)]
        axes.plot(
            ms, range(101), color=PLAIN if plainly else OURS,
            label=f"{who}: {', '.join(f'p{n} {short(one.middle)}' for n, one in shares if one)} ms",
        )  # fmt: skip
    axes.axvline(FRESHNESS.at_most, **TARGET)
    accepted = known.get("freshness/accepted")
    rate = accepted.middle if accepted else cast(float, record.chosen["rate"])
    slices = len(known["freshness/p50"].runs)
    axes.set_title(
        f"from an event's 202 until a SELECT shows it, at {short(rate)} a second: "
        f"one run in {slices} slices",
        loc="left", fontsize=10,
    )  # fmt: skip
    axes.set_xlim(left=0)
    axes.set_ylim(0, 100)
    axes.set_xlabel("ms")
    axes.set_ylabel("% of the events")
    axes.legend(frameon=False, loc="lower right", bbox_to_anchor=(0.93, 0.0), fontsize=9)


def _reads(
    axes: Any, record: Record, known: dict[str, Figure], kind: str, title: str, first: bool
) -> None:
    """p50 as a dot, from there to p95 a thick line, to p99 a thin one."""
    sizes = sorted(cast(list[int], record.chosen["rows"]))
    for way, colour, side, shift in (("", OURS, "right", -0.06), ("plain ", PLAIN, "left", 0.06)):
        for n, size in enumerate(sizes):
            part, x = f"{way}{kind}, {size / 1e6:g}M rows", n + shift
            p50, p95 = (known[f"{part}/{name}"].middle for name in ("p50", "p95"))
            if p99 := known.get(f"{part}/p99"):
                axes.plot([x, x], [p50, p99.middle], color=colour, linewidth=1)
            axes.plot([x, x], [p50, p95], color=colour, linewidth=4, alpha=0.6)
            axes.plot(x, p50, "o", color=colour)
            axes.text(x, p50, f"  {short(p50)}  ", color=colour, ha=side, va="center", fontsize=9)
            if not way and (target := OF_READS.get(kind)) and target.figure == f"{part}/p99":
                axes.hlines(target.at_most, n - 0.4, n + 0.4, **TARGET)
    axes.set_xticks(range(len(sizes)), [f"{size / 1e6:g}M" for size in sizes])
    axes.set_xlim(-0.6, len(sizes) - 0.4)
    axes.set_yscale("log")
    rounds = len(known[f"{kind}, {sizes[0] / 1e6:g}M rows/p50"].runs)
    axes.set_title(f"{title}: median of {rounds} rounds", loc="left", fontsize=10)
    axes.set_xlabel("rows stored")
    axes.margins(y=0.1)
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda ms, _: f"{ms:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    if first:
        axes.set_ylabel("ms over HTTP: p50 (dot), p95; p99 of all rounds")
        for way, colour in (("the product", OURS), ("the plain way", PLAIN)):
            axes.plot([], [], "o-", color=colour, label=way)
        axes.legend(frameon=False, loc="upper left")


if __name__ == "__main__":
    for name in map(Path, sys.argv[1:]):
        draw(msgspec.json.decode(name.read_bytes(), type=Record), name.with_suffix(".png"))
