"""What a rebalance does to records that are on their way to the worker."""

import asyncio

from etl.feed import Feed, Records
from etl.metrics import Metrics
from tests.unit.etl.records import P0, good


class Consumer:
    """aiokafka's consumer as far as a fetch goes: polls wait until they are answered."""

    def __init__(self) -> None:
        self.polls: list[asyncio.Future[Records]] = []

    async def getmany(self, **_: object) -> Records:
        self.polls.append(asyncio.get_running_loop().create_future())
        return await self.polls[-1]


class Group:
    """A feed that holds a partition, and the rebalances that come to it."""

    def __init__(self) -> None:
        self.consumer = Consumer()
        self.feed = Feed(self.consumer, "views", Metrics())

    async def assign(self) -> None:
        await self.feed.on_partitions_assigned({P0})

    async def revoke(self) -> None:
        await self.feed.on_partitions_revoked(set())

    def fetch(self, patience: float = 5.0) -> asyncio.Task[Records]:
        return asyncio.create_task(self.feed.fetch(10, patience))


async def test_records_of_the_new_share_are_taken_by_a_fetch_begun_before_it() -> None:
    group = Group()
    await group.assign()
    fetch = group.fetch()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await group.revoke()
    await group.assign()
    group.consumer.polls[0].set_result({P0: [good(5)]})
    assert (await fetch)[P0][0].offset == 5


async def test_records_handed_out_before_a_revoke_are_left_to_the_next_owner() -> None:
    group = Group()
    await group.assign()
    fetch = group.fetch()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    group.consumer.polls[0].set_result({P0: [good(5)]})
    await asyncio.sleep(0)  # the poll has its records, the fetch has not looked yet
    await group.revoke()
    await group.assign()
    assert await fetch == {}


async def test_a_poll_that_waits_for_a_rebalance_is_come_back_to() -> None:
    group = Group()
    await group.assign()
    assert await group.fetch(patience=0.01) == {}
    again = group.fetch()
    await asyncio.sleep(0)
    assert len(group.consumer.polls) == 1
    group.consumer.polls[0].set_result({P0: [good(5)]})
    assert (await again)[P0][0].offset == 5
