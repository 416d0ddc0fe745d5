"""The worker killed in every window there is between reading a batch and having passed it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.chaos.trial import Report
from tests.chaos.windows import WINDOWS, Window, watched

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(600)]


@pytest.mark.parametrize("window", WINDOWS)
async def test_a_worker_killed_in_a_window_loses_nothing(
    window: Window, tmp_path: Path, report: Report, seed: int, rounds: Callable[[int], int]
) -> None:
    async with watched(f"worker killed {window}", seed, tmp_path, report) as windows:
        for number in windows.trial.rounds(rounds(25)):
            await windows.kill_in(window, unanswered=number % 2 == 0)
            await windows.trial.flows(20)
