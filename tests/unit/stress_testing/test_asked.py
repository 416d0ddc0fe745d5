"""What a command line may ask for, and where the results of it go."""

import subprocess
import sys
from argparse import ArgumentTypeError
from pathlib import Path

import pytest
from asked import KEPT, LATEST, amount, folder, whole_number

from embedded.settings import ROOT


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "abc", "", "nan", "1e3"])
def test_no_whole_number_is_told(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match="no whole number from 1 on"):
        whole_number(text)


@pytest.mark.parametrize("text", ["0", "-1", "abc", "", "nan", "inf"])
def test_no_amount_is_told(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match="no number above 0"):
        amount(text)


def test_what_is_one_is_taken() -> None:
    assert (whole_number("20"), amount("0.5")) == (20, 0.5)


def test_only_a_whole_run_takes_the_place_of_a_kept_one(tmp_path: Path) -> None:
    assert folder(None, whole=True) == KEPT
    assert folder(None, whole=False) == LATEST
    assert folder(tmp_path, whole=True) == tmp_path


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("load evening --users -1", "'-1' is no whole number"),
        ("load evening --users 0", "'0' is no whole number"),
        ("load wrk --users 5", "wrk: its connections are its own"),
        ("soak --minutes abc", "'abc' is no number above 0"),
        ("bench --rounds 0", "'0' is no whole number"),
    ],
)
def test_nothing_starts_that_cannot_be_measured(command: str, said: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", *command.split()],
        env={"PYTHONPATH": f"{ROOT}:{ROOT / 'stress-testing'}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr
