"""The tables of `make load` in the README, from the kept results. `make load` makes them anew; so
does `PYTHONPATH=.:stress-testing .venv/bin/python -m load.page`.
"""

import json
from collections.abc import Iterator
from typing import Any

import pages
from asked import KEPT
from load.scenario import SCENARIOS

from embedded.settings import ROOT
from telemetry.screen import number

PAGE = ROOT / "stress-testing" / "README.md"
WRK = "load-wrk.json"
RUN = (
    "| scenario | taken | viewers | requests a second | p95, at most | failed | refused "
    "| first try to 202: p99 | events accepted | stored |\n"
    "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|"
)
ROUTES = "| route, {} | requests a second | p50 | p99 | refused |\n|---|--:|--:|--:|--:|"


def with_tables(page: str) -> str:
    """The page with its tables made anew. Raises ValueError, and OSError without all results."""
    runs = [_read(f"load-{name}.json") for name in SCENARIOS]
    made = {"load": "\n".join([RUN, *map(row, runs)]), "wrk": "\n".join(routes(_read(WRK)))}
    return pages.with_tables(page, made)


def row(run: dict[str, Any]) -> str:
    """Times in ms, of the longest wait in seconds; what broke its limits is said in the JSON."""
    limits, waited = run["limits"], "-"
    if run["waited"]:
        waited = f"{run['waited']['p99_ms'] / 1000:.1f} of {limits['waited_ms'] / 1000:.0f} s"
    stored = number(run["stored"]) if "stored" in run else "?"
    cells = [
        run["scenario"] + (": failed" if run["complaints"] else ""),
        run["taken"][:10],
        number(run["users"]),
        f"{run['per_second']:.0f}",
        f"{run['p95_ms']:.0f} of {limits['p95_ms']:.0f} ms",
        number(run["failed"]),
        f"{run['refused'] / max(run['requests'], 1):.1%}",
        waited,
        number(run["accepted"]),
        stored,
    ]
    return f"| {' | '.join(cells)} |"


def routes(run: dict[str, Any]) -> Iterator[str]:
    yield ROUTES.format(run["taken"][:10])
    for name, one in run["routes"].items():
        yield (
            f"| {name} | {number(one['per_second'])} | {one['p50_ms']:.1f} ms "
            f"| {one['p99_ms']:.1f} ms | {number(one['refused'])} |"
        )


def _read(name: str) -> Any:
    return json.loads((KEPT / name).read_text(encoding="utf-8"))


def write() -> None:
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    write()
