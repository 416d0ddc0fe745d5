"""Acks that do not come in time are given up, with one timer for all of them."""

import asyncio

import pytest
from aiokafka.errors import KafkaTimeoutError

from tests.waiting import until
from ugc_api.publishing.deadlines import Deadlines


def ack() -> "asyncio.Future[str]":
    return asyncio.get_running_loop().create_future()


async def test_an_ack_in_time_is_left_alone() -> None:
    deadlines, came = Deadlines(), ack()
    deadlines.watch(came, 0.05)
    came.set_result("ack")
    await until(lambda: not deadlines._watched)
    assert came.result() == "ack"


async def test_a_late_one_fails() -> None:
    deadlines, late = Deadlines(), ack()
    deadlines.watch(late, 0.05)
    started = asyncio.get_running_loop().time()
    with pytest.raises(KafkaTimeoutError):
        await late
    assert asyncio.get_running_loop().time() - started >= 0.05


async def test_each_has_its_own_time() -> None:
    deadlines, first, second = Deadlines(), ack(), ack()
    deadlines.watch(first, 0.3)
    await asyncio.wait({first}, timeout=0.15)
    deadlines.watch(second, 0.3)
    await asyncio.wait({first})
    assert first.exception()
    assert not second.done()
    with pytest.raises(KafkaTimeoutError):
        await second


async def test_one_that_was_given_up_by_others_is_forgotten() -> None:
    deadlines, gone = Deadlines(), ack()
    deadlines.watch(gone, 0.05)
    gone.cancel()
    await until(lambda: not deadlines._watched)


async def test_the_timer_rests_when_nothing_is_waited_for() -> None:
    deadlines = Deadlines()
    for _ in range(2):
        late = ack()
        deadlines.watch(late, 0.05)
        assert deadlines._timer is not None
        with pytest.raises(KafkaTimeoutError):
            await late
        await until(lambda: deadlines._timer is None)


async def test_one_that_has_less_time_left_does_not_wait_for_those_before_it() -> None:
    deadlines, patient, late = Deadlines(), ack(), ack()
    deadlines.watch(patient, 5)
    deadlines.watch(late, 0.05)
    with pytest.raises(KafkaTimeoutError):
        await asyncio.wait_for(late, 2)
    assert not patient.done()
    patient.cancel()
