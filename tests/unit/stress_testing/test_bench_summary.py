"""The README's figures are those of the saved run."""

import msgspec
from bench.capacity_page import SAVED
from bench.figures import Record, short
from bench.summary import PAGE, ROWS, table
from pages import with_tables


def test_the_readme_says_what_the_saved_run_says() -> None:
    """If not: make bench ARGS=--save, or python -m bench.summary for the table alone"""
    record = msgspec.json.decode(SAVED.read_bytes(), type=Record)
    page = PAGE.read_text(encoding="utf-8")
    assert with_tables(page, {"bench": table(record)}) == page
    assert all(words in page for words in ROWS)


def test_each_figure_stands_beside_that_of_the_plain_way() -> None:
    record = msgspec.json.decode(SAVED.read_bytes(), type=Record)
    known = record.by_name()
    ours, its = (short(known[f"{way}single/api"].middle) for way in ("", "plain "))
    assert f"| {ours} us | {its} us |" in table(record)
