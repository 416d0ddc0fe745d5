"""The tables of the README, from the kept results. `make storage` makes them anew; so does
`PYTHONPATH=.:stress-testing .venv/bin/python -m storage.page`, and the pictures.
"""

from collections.abc import Sequence
from pathlib import Path

import pages
from asked import KEPT
from storage.candidates import CANDIDATES
from storage.outcome import Results, read, spread
from storage.picture import draw
from storage.report import Measure, Rows, digits, markdown, ratios, table

PAGE = Path(__file__).with_name("README.md")
FILES = [KEPT / "storage-1m.json", KEPT / "storage-10m.json"]


def with_tables(page: str, small: Results, large: Results) -> str:
    """The page with its tables made anew. Raises ValueError, and KeyError without all stores."""
    made = {
        "ratios": ratios([small, large], "PostgreSQL", "ClickHouse"),
        "1m": table(small),
        "10m": table(large),
        "others": others(large),
    }
    return pages.with_tables(page, {name: markdown(rows) for name, rows in made.items()})


def others(results: Results) -> Rows:
    """Beside what the study of another system had with 10 million rows; seconds."""

    def ours(measure: Measure) -> Sequence[str]:
        stores = results.by_store
        found = ([measure(s) for s in stores[name]] for name in ("PostgreSQL", "ClickHouse"))
        return [digits(spread(figures).median) for figures in found]

    batches, singles = ours(lambda s: 1e7 / s.loads[-1].per_s), ours(lambda s: 1e7 / s.single.per_s)
    return [
        ["seconds", "PostgreSQL", "ClickHouse", "here: PostgreSQL", "ClickHouse"],
        ["all rows in batches of 1 000", "642", "27.9", *batches],
        ["all rows one by one", "1 073", "20 693", *singles],
        ["100 random selects", "29.9", "0.32", *ours(lambda s: s.positions.mean_ms / 10)],
    ]


def write() -> None:
    """Waits for results of all stores."""
    small, large = map(read, FILES)
    if small.by_store.keys() == large.by_store.keys() == CANDIDATES.keys():
        page = with_tables(PAGE.read_text(encoding="utf-8"), small, large)
        PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    write()
    for file in FILES:
        draw(read(file), file.with_suffix(".png"))
