"""How a worker's memory goes on over a backlog."""

import pytest
from bench.memory import slope


def test_the_slope_is_that_of_the_rows_after_the_warm_up() -> None:
    curve = [(float(rows), 50.0 + rows if rows < 20 else 70 + rows / 10) for rows in range(101)]
    assert slope(curve) == pytest.approx(0.1)


def test_an_outlier_does_not_move_it() -> None:
    curve = [(float(rows), 500.0 if rows == 60 else 70.0) for rows in range(101)]
    assert slope(curve) == 0.0


def test_looks_between_two_batches_say_nothing() -> None:
    curve = [(float(rows // 10 * 10), 70.0 + rows // 10) for rows in range(101)]
    assert slope(curve) == pytest.approx(0.1)
