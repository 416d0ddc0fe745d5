"""What `make bench` takes, before it measures for a quarter of an hour."""

from pathlib import Path

import pytest
from bench.__main__ import parse


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        (["--quick", "--save"], "--save keeps a whole run"),
        (["--save", "--only", "etl"], "--save keeps a whole run"),
        (["--save", "--rate", "500"], "--save keeps a whole run"),
        (["--save", "--backlog", "10000000"], "--save keeps a whole run"),
        (["--against", "results/nothing.json"], "there is no file results/nothing.json"),
    ],
)
def test_what_would_mislead_is_refused(
    given: list[str],
    complaint: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("sys.argv", ["bench", *given])
    with pytest.raises(SystemExit):
        parse()
    assert complaint in capsys.readouterr().err


def test_a_whole_run_is_held_against_the_saved_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["bench"])
    chosen = parse()
    assert isinstance(chosen.against, Path)
    assert chosen.against.name == "bench.json"
    assert (chosen.rounds, chosen.rows) == (5, [1_000_000, 10_000_000])
