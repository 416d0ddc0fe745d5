"""How a worker's memory goes on over a backlog."""

import mmap
import os

import msgspec
import pytest
from bench.figures import Curve, Record
from bench.growth import rise, told
from bench.memory import peak
from bench.summary import PAGE, SAVED
from processes import MIB, cost


def flat(million: int) -> Curve:
    return [(float(rows), 70.0) for rows in range(0, million * 10**6 + 1, 100_000)]


def test_the_rise_is_that_of_the_second_half() -> None:
    curve = [(float(rows), 50.0 + rows if rows < 50 else 100 + rows / 10) for rows in range(101)]
    assert rise(curve) == pytest.approx(0.1e6)


def test_a_step_is_seen_however_late_it_comes() -> None:
    curve = flat(10)
    assert rise(curve) == 0
    curve[-1] = (curve[-1][0], 105.0)
    assert rise(curve) == pytest.approx(35 / 5)


def test_to_fall_is_no_rise() -> None:
    curve = flat(10)
    curve[-10:] = [(rows, 60.0) for rows, _ in curve[-10:]]
    assert rise(curve) == 0


def test_of_a_short_backlog_nothing_is_said_but_its_peak() -> None:
    assert "per million" not in told(flat(1), 104.0)
    assert "at most 104 MiB" in told(flat(1), 104.0)
    assert told(flat(10), 104.0).endswith(
        "at most 104 MiB, +0.0 MiB per million rows in the second half"
    )


def test_over_ten_million_rows_it_is_flat_as_the_readme_says() -> None:
    record = msgspec.json.decode(SAVED.with_name("bench-long.json").read_bytes(), type=Record)
    most = record.by_name()["memory/peak"].middle
    said = f"rises once, to {most:.0f} MiB; over ten million rows it is flat"
    assert said in " ".join(PAGE.read_text("utf-8").split())
    assert record.memory[-1][0] > 9_900_000  # the last look before its end
    assert rise(record.memory) < 1


def test_the_peak_is_seen_after_it_is_over() -> None:
    before, size = cost(os.getpid()).resident, 64 * MIB
    with mmap.mmap(-1, size) as held:
        for page in range(0, size, mmap.PAGESIZE):
            held[page] = 1
    most = before + size - 4 * MIB  # the kernel counts pages of each core by the dozen
    assert cost(os.getpid()).resident < most <= peak(os.getpid())
