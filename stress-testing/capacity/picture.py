"""The picture of the page: how what is needed grows with the viewers."""

from pathlib import Path

import matplotlib as mpl
from capacity.costs import Costs
from capacity.needs import EVERY_S, needs
from capacity.tables import COLUMNS

mpl.use("Agg")

from matplotlib import pyplot as plt
from matplotlib.ticker import FuncFormatter

PARTS = ("api_cores", "nginx_cores", "partitions", "brokers", "shards", "workers")
BYTES = ("log_tb", "stored_tb", "in_gbit", "out_gbit")
INSERTS = ("inserts", "insert_cores")
"""What stops the growth first, and so a picture of its own."""


def draw(costs: Costs, file: Path) -> None:
    found = [needs(costs, round(10 ** (4 + n / 10))) for n in range(41)]
    at = [one.viewers for one in found]
    figure, panels = plt.subplots(1, 3, figsize=(16, 5), layout="constrained")
    titles = ("how many of each", "bytes", "inserts, all of which each shard gets")
    for axes, names, title in zip(panels, (PARTS, BYTES, INSERTS), titles, strict=True):
        for name in names:
            axes.plot(at, [getattr(one, name) for one in found], label=COLUMNS[name])
        axes.set_title(title, loc="left", fontsize=10)
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xlabel(f"viewers at once, a report every {EVERY_S} s each")
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(FuncFormatter(_short))
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(alpha=0.25)
        axes.legend(frameon=False, loc="upper left", fontsize=9)
    figure.savefig(file, dpi=75)
    plt.close(figure)


def _short(value: float, _: object) -> str:
    for unit, size in (("M", 1e6), ("k", 1e3)):
        if value >= size:
            return f"{value / size:g}{unit}"
    return f"{value:g}"
