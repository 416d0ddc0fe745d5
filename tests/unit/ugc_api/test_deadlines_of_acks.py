"""Acks that do not come in time are given up, with one timer for all of them."""

import asyncio

import pytest
from aiokafka.errors import KafkaTimeoutError

from tests.waiting import until
from ugc_api.publishing.deadlines import Deadlines


def ack() -> "asyncio.Future[str]":
    return asyncio.get_running_loop().create_future()


async def test_an_ack_in_time_is_left_alone() -> None:
    deadlines, came = Deadlines(0.05), ack()
    deadlines.watch(came)
    came.set_result("ack")
    await until(lambda: not deadlines._watched)
    assert came.result() == "ack"


async def test_a_late_one_fails() -> None:
    deadlines, late = Deadlines(0.05), ack()
    deadlines.watch(late)
    started = asyncio.get_running_loop().time()
    with pytest.raises(KafkaTimeoutError):
        await late
    assert asyncio.get_running_loop().time() - started >= 0.05


async def test_each_has_its_own_time() -> None:
    deadlines, first, second = Deadlines(0.3), ack(), ack()
    deadlines.watch(first)
    await asyncio.wait({first}, timeout=0.15)
    deadlines.watch(second)
    await asyncio.wait({first})
    assert first.exception()
    assert not second.done()
    with pytest.raises(KafkaTimeoutError):
        await second


async def test_one_that_was_given_up_by_others_is_forgotten() -> None:
    deadlines, gone = Deadlines(0.05), ack()
    deadlines.watch(gone)
    gone.cancel()
    await until(lambda: not deadlines._watched)


async def test_the_timer_rests_when_nothing_is_waited_for() -> None:
    deadlines = Deadlines(0.05)
    for _ in range(2):
        late = ack()
        deadlines.watch(late)
        assert deadlines._timer is not None
        with pytest.raises(KafkaTimeoutError):
            await late
        await until(lambda: deadlines._timer is None)
