"""What the READMEs say of a saved run: its figures, and what was aimed at. `make bench ARGS=--save`
writes it; so does `PYTHONPATH=.:stress-testing .venv/bin/python -m bench.summary` from the run that
is saved."""

from collections.abc import Mapping
from pathlib import Path
from typing import cast

import msgspec
from bench.figures import Figure, Record, short
from bench.targets import TARGETS, verdict
from pages import with_tables

from embedded.settings import ROOT

PAGE = ROOT / "README.md"
SAVED = ROOT / "stress-testing" / "results" / "bench.json"
OF_TARGETS = ROOT / "stress-testing" / "README.md"
ROWS: Mapping[str, tuple[str, ...]] = {
    "an event by itself, from POST to 202: CPU time of the API": ("single/api",),
    "an event of a thousand in one request: the same": ("batch/api",),
    "events that one process of the API takes, one a request, a thousand a request": (
        "single/rate",
        "batch/rate",
    ),
    "a row of a backlog from Kafka into ClickHouse: CPU time of the worker": ("etl/etl",),
    "rows of a backlog that one worker stores": ("etl/rate",),
    "an event is seen by a SELECT after its 202, at 2000 a second: p50, p99": (
        "freshness/p50",
        "freshness/p99",
    ),
    "where a viewer stopped, of 1 M rows, over HTTP: p50, p99": (
        "position, 1M rows/p50",
        "position, 1M rows/p99",
    ),
    "the same, of 10 M rows: p50, p99": (
        "position, 10M rows/p50",
        "position, 10M rows/p99",
    ),
    "most watched films of a week, of 10 M rows, over HTTP: p50, p99": (
        "top, 10M rows/p50",
        "top, 10M rows/p99",
    ),
    "memory of the worker at most, over a backlog of 1 M rows": ("memory/peak",),
}


def table(record: Record) -> str:
    known = record.by_name()
    rows = ["| | here | the plain way |", "|---|---|---|"]
    for words, names in ROWS.items():
        figures = [known[name] for name in names]
        plain = [known[figure.plain] for figure in figures if figure.plain]
        rows.append(f"| {words} | {_told(figures)} | {_told(plain)} |")
    return "\n".join(rows)


def _told(figures: list[Figure]) -> str:
    texts = ", ".join(_near(figure) for figure in figures)
    return f"{texts} {figures[0].unit}" if figures else "-"


def _near(figure: Figure) -> str:
    """As the targets' table has it."""
    aimed = [one for one in TARGETS if one.figure == figure.name]
    return aimed[0].told(figure.middle) if aimed else short(figure.middle)


def targets(record: Record) -> str:
    known, rate = record.by_name(), record.chosen["rate"]
    rows = ["| what is aimed at | at most | found |", "|---|---|---|"]
    for one in TARGETS:
        said = verdict(one, known, cast(float, rate))
        rows.append(f"| {one.words} | {one.at_most:g} {one.unit} | {said} |")
    return "\n".join(rows)


def pages(record: Record) -> Mapping[Path, str]:
    """What they are to say."""
    made = {PAGE: {"bench": table(record)}, OF_TARGETS: {"targets": targets(record)}}
    return {
        page: with_tables(page.read_text(encoding="utf-8"), tables) for page, tables in made.items()
    }


def write(record: Record) -> None:
    for page, text in pages(record).items():
        page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(msgspec.json.decode(SAVED.read_bytes(), type=Record))
