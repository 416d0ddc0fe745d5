"""Batches wait for each other, in their order, and not for long."""

import asyncio

import pytest

from tests.waiting import until
from ugc_api.ingest.turns import Turns
from ugc_api.problems import Problem


async def take(turns: Turns, size: int, done: asyncio.Event, order: list[int]) -> None:
    async with turns.of(size):
        order.append(size)
        await done.wait()


async def refused(turns: Turns, size: int) -> bool:
    try:
        async with turns.of(size):
            return False
    except Problem as problem:
        return problem.code == "too_many_batches" and problem.headers["Retry-After"] == "1"


async def test_as_many_bytes_as_fit_are_at_work_and_the_next_follows_in_order() -> None:
    turns, order = Turns(at_once=10), list[int]()
    events = [asyncio.Event() for _ in range(4)]
    sizes = (6, 4, 7, 1)  # the last would fit beside the first ones, but it came last
    async with asyncio.TaskGroup() as group:
        for size, done in zip(sizes, events, strict=True):
            group.create_task(take(turns, size, done, order))
        await until(lambda: len(order) == 2)
        events[1].set()
        await asyncio.sleep(0)
        assert order == [6, 4]
        events[0].set()
        await until(lambda: order == [6, 4, 7, 1])
        for done in events:
            done.set()
    assert not await refused(turns, 10)  # all of it is free again


async def test_who_waits_too_long_is_sent_away_and_takes_nothing_along() -> None:
    turns, done, order = Turns(at_once=10, patience_s=0.05), asyncio.Event(), list[int]()
    holder = asyncio.create_task(take(turns, 10, done, order))
    await until(lambda: order == [10])
    assert await refused(turns, 5)
    done.set()
    await holder
    assert not await refused(turns, 10)


async def test_too_many_waiting_bytes_are_sent_away_at_once() -> None:
    turns, done, order = Turns(at_once=10, waiting=10), asyncio.Event(), list[int]()
    tasks = [asyncio.create_task(take(turns, size, done, order)) for size in (10, 8)]
    await until(lambda: order == [10])
    async with asyncio.timeout(1):  # the usual patience is longer
        assert await refused(turns, 3)
    done.set()
    await asyncio.gather(*tasks)
    assert order == [10, 8]


async def test_one_that_gives_up_does_not_hold_up_those_behind() -> None:
    turns, done, order = Turns(at_once=10), asyncio.Event(), list[int]()
    tasks = [asyncio.create_task(take(turns, size, done, order)) for size in (9, 8, 1)]
    await until(lambda: order == [9])
    tasks[1].cancel()
    await until(lambda: order == [9, 1])
    done.set()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert not await refused(turns, 10)


async def test_a_failure_gives_the_turn_back() -> None:
    turns = Turns(at_once=10)
    with pytest.raises(ZeroDivisionError):
        async with turns.of(10):
            raise ZeroDivisionError
    assert not await refused(turns, 10)
