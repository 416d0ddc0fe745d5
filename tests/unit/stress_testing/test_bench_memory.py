"""How a worker's memory goes on over a backlog."""

import mmap
import os

import pytest
from bench.memory import peak, slope
from processes import MIB, cost


def test_the_slope_is_that_of_the_rows_after_the_warm_up() -> None:
    curve = [(float(rows), 50.0 + rows if rows < 20 else 70 + rows / 10) for rows in range(101)]
    assert slope(curve) == pytest.approx(0.1)


def test_an_outlier_does_not_move_it() -> None:
    curve = [(float(rows), 500.0 if rows == 60 else 70.0) for rows in range(101)]
    assert slope(curve) == 0.0


def test_looks_between_two_batches_say_nothing() -> None:
    curve = [(float(rows // 10 * 10), 70.0 + rows // 10) for rows in range(101)]
    assert slope(curve) == pytest.approx(0.1)


def test_the_peak_is_seen_after_it_is_over() -> None:
    before, size = cost(os.getpid()).resident, 64 * MIB
    with mmap.mmap(-1, size) as held:
        for page in range(0, size, mmap.PAGESIZE):
            held[page] = 1
    most = before + size - 4 * MIB  # the kernel counts pages of each core by the dozen
    assert cost(os.getpid()).resident < most <= peak(os.getpid())
