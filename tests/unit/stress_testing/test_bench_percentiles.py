"""Percentiles have one rank, in every program that takes them."""

import json
import subprocess
import sys

import pytest
from bench.loading import PROGRAM
from bench.players import Answers
from percentiles import at


@pytest.mark.parametrize(("share", "value"), [(0.0, 1.0), (0.5, 2.0), (0.99, 3.0), (1.0, 3.0)])
def test_a_percentile_is_a_value_that_was_there(share: float, value: float) -> None:
    assert at([1.0, 2.0, 3.0], share) == value


def test_as_many_values_lie_beyond_p99_in_each_program() -> None:
    answers, values = Answers(), [float(n) for n in range(1000)]
    answers.accepted_ms, answers.took_s = values[::-1], 1.0
    told = json.loads(answers.told())
    assert (told["p50_ms"], told["p99_ms"]) == (at(values, 0.5), at(values, 0.99)) == (500.0, 990.0)


def test_the_players_find_it_when_they_are_a_program() -> None:
    """They run with no path but their own folder."""
    command = [sys.executable, "-P", str(PROGRAM), "--help"]
    subprocess.run(command, env={}, check=True, capture_output=True, timeout=60)
