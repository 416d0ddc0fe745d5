"""Letters stored after all: in which portions, how fast, and when it gives up."""

import asyncio
from collections.abc import Sequence

import pytest

from etl.batch import BatchPolicy
from etl.exits import WarehouseAway, WarehouseRefusal
from etl.letters.replay import Pace, Replay
from etl.metrics import Metrics
from etl.persistence import Pauses, Persistence
from etl.storage import Storage
from etl.warehouse import Warehouse


class ScriptedWarehouse(Warehouse):
    """Raises the given errors first, one an insert; the last for ever when it is to."""

    def __init__(self, errors: Sequence[Exception] = (), for_ever: bool = False) -> None:
        self.errors = list(errors)
        self.for_ever = for_ever
        self.bodies: list[bytes] = []

    async def insert(self, lines: Sequence[bytes]) -> None:
        self.bodies.append(b"".join(lines))
        if self.errors:
            raise self.errors[0] if self.for_ever else self.errors.pop(0)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


def replay(warehouse: Warehouse, rate: float, clock: Clock | None = None) -> Replay:
    metrics, clock = Metrics(), clock or Clock()
    storage = Storage(warehouse, metrics, Persistence(metrics, Pauses(0.001, 0.001)))
    return Replay(storage, Pace(rate, clock, clock.sleep), give_up_after_s=0.1)


async def test_letters_go_in_portions_of_a_second_and_not_faster_than_the_rate() -> None:
    warehouse, clock = ScriptedWarehouse(), Clock()
    replaying = replay(warehouse, 2, clock)
    went = [await replaying.add(b"%d" % n) for n in range(7)]
    await replaying.flush()
    assert warehouse.bodies == [b"0\n1\n", b"2\n3\n", b"4\n5\n", b"6\n"]
    assert went == [False, True, False, True, False, True, False]
    assert replaying.stored == 7
    assert clock.now == 3.0


async def test_time_lost_is_not_caught_up() -> None:
    clock = Clock()
    pace = Pace(10, clock, clock.sleep)
    await pace.take(10)
    clock.now = 60.0
    await pace.take(10)
    await pace.take(10)
    assert clock.now == 61.0


async def test_large_letters_go_in_smaller_portions() -> None:
    warehouse = ScriptedWarehouse()
    replaying, large = replay(warehouse, 1000), b" " * (1024 * 1024)
    for _ in range(20):
        await replaying.add(large)
    assert len(warehouse.bodies) == 2
    assert max(map(len, warehouse.bodies)) <= BatchPolicy().max_bytes + len(large)


async def test_nothing_to_store_asks_nobody() -> None:
    warehouse = ScriptedWarehouse()
    await replay(warehouse, 10).flush()
    assert warehouse.bodies == []


async def test_a_transient_error_is_tried_again_with_the_same_rows() -> None:
    warehouse = ScriptedWarehouse([WarehouseAway(999, ""), WarehouseAway(252, "")])
    replaying = replay(warehouse, 10)
    await replaying.add(b"1")
    await replaying.flush()
    assert warehouse.bodies == [b"1\n", b"1\n", b"1\n"]
    assert replaying.stored == 1


async def test_an_error_that_does_not_end_is_given_up() -> None:
    warehouse = ScriptedWarehouse([WarehouseAway(999, "")], for_ever=True)
    replaying = replay(warehouse, 10)
    await replaying.add(b"1")
    with pytest.raises(WarehouseAway, match="no rows were taken"):
        await asyncio.wait_for(replaying.flush(), timeout=5)
    assert len(warehouse.bodies) > 2
    assert replaying.stored == 0


async def test_a_refusal_is_raised_at_once() -> None:
    warehouse = ScriptedWarehouse([WarehouseRefusal(60, "no table")], for_ever=True)
    replaying = replay(warehouse, 10)
    await replaying.add(b"1")
    with pytest.raises(WarehouseRefusal):
        await replaying.flush()
    assert len(warehouse.bodies) == 1
