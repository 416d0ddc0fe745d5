"""The READMEs' figures are those of the saved run."""

import msgspec
import pytest
from bench.figures import FEWEST_FOR_P99, Record, short
from bench.summary import PAGE, ROWS, SAVED, pages, table, targets
from bench.targets import TARGETS


def test_the_readmes_say_what_the_saved_run_says() -> None:
    """If not: make bench ARGS=--save, or python -m bench.summary for the tables alone"""
    record = msgspec.json.decode(SAVED.read_bytes(), type=Record)
    for page, text in pages(record).items():
        assert page.read_text(encoding="utf-8") == text
    assert all(words in PAGE.read_text(encoding="utf-8") for words in ROWS)


def test_whether_each_target_was_met_is_said() -> None:
    record = msgspec.json.decode(SAVED.read_bytes(), type=Record)
    _, _, *rows = targets(record).splitlines()
    assert len(rows) == len(TARGETS)
    ends = (", met |", ", not met |", " measured |", " accepted |")
    assert all(row.endswith(ends) for row in rows)
    met = [row.endswith(", met |") for row in rows]
    known = record.by_name()
    assert met == [known[one.figure].middle <= one.at_most for one in TARGETS]


def test_a_missed_target_is_not_taken_for_one_that_was_met() -> None:
    record = msgspec.json.decode(SAVED.read_bytes(), type=Record)
    (figure,) = (one for one in record.figures if one.name == TARGETS[0].figure)
    for value, end in ((TARGETS[0].at_most, ", met |"), (TARGETS[0].at_most + 1, ", not met |")):
        figure.runs[:] = [value]
        assert targets(record).splitlines()[2].endswith(end)


@pytest.mark.parametrize("name", ["bench.json", "bench-long.json"])
def test_no_saved_run_has_a_p99_of_too_few(name: str) -> None:
    record = msgspec.json.decode(SAVED.with_name(name).read_bytes(), type=Record)
    assert all(one.samples >= FEWEST_FOR_P99 for one in record.figures if one.name.endswith("/p99"))


def test_each_figure_stands_beside_that_of_the_plain_way() -> None:
    record = msgspec.json.decode(SAVED.read_bytes(), type=Record)
    known = record.by_name()
    ours, its = (short(known[f"{way}single/api"].middle) for way in ("", "plain "))
    assert f"| {ours} us | {its} us |" in table(record)
