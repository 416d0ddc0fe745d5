"""What `as_of` says, and how often Kafka is asked for it."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from aiokafka.errors import GroupCoordinatorNotAvailableError, KafkaConnectionError

from configuration.kafka import Brokers
from tests.unit.ugc_api.reading import METADATA, ToldOffsets, moment
from tests.waiting import until
from ugc_api.metrics import Metrics
from ugc_api.reads.freshness import Freshness, Reading, timestamp
from ugc_api.reads.offsets import Offsets, PartitionOffsets

BEGAN = datetime(2025, 1, 20, 12, 0, tzinfo=UTC)
VIEWER = UUID(int=5)


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def reading(at: PartitionOffsets, caught_up: datetime | None = None) -> Reading:
    known = {} if caught_up is None else dict.fromkeys(range(6), caught_up)
    return Reading(BEGAN, dict.fromkeys(range(6), at), known)


@pytest.mark.parametrize(
    ("at", "as_of"),
    [
        (PartitionOffsets(10, METADATA, 10), BEGAN),
        (PartitionOffsets(11, METADATA, 10), BEGAN),  # the end was read a moment earlier
        (PartitionOffsets(0, "", 0), BEGAN),  # nothing was ever sent
        (PartitionOffsets(9, METADATA, 10), moment(METADATA)),
        (PartitionOffsets(0, "", 10), None),  # never committed
        (PartitionOffsets(9, "", 10), None),  # nothing but dead letters yet
        (PartitionOffsets(9, "reset by hand", 10), None),
        (PartitionOffsets(9, "2025-01-20T10:00:00", 10), None),  # of which zone?
    ],
)
def test_as_of_is_the_reading_when_all_is_stored_else_what_the_worker_said(
    at: PartitionOffsets, as_of: datetime | None
) -> None:
    assert reading(at).as_of(VIEWER) == reading(at).oldest() == as_of


def test_what_was_once_all_stored_stays_so() -> None:
    """A quiet partition's metadata is hours old: the first new event must not bring it back."""
    before, behind = datetime(2025, 1, 20, 11, tzinfo=UTC), PartitionOffsets(9, METADATA, 10)
    assert reading(behind, caught_up=before).as_of(VIEWER) == before
    earlier = datetime(2025, 1, 20, 9, tzinfo=UTC)
    assert reading(behind, caught_up=earlier).as_of(VIEWER) == moment(METADATA)


def test_for_everybody_it_is_the_oldest_and_unknown_if_one_is() -> None:
    offsets = dict.fromkeys(range(6), PartitionOffsets(10, "", 10))
    assert Reading(BEGAN, offsets).oldest() == BEGAN
    assert Reading(BEGAN, {**offsets, 3: PartitionOffsets(9, METADATA, 10)}).oldest() == moment(
        METADATA
    )
    assert Reading(BEGAN, {**offsets, 3: PartitionOffsets(9, "", 10)}).oldest() is None


def test_a_viewer_s_as_of_is_of_the_viewer_s_partition() -> None:
    mine = reading(PartitionOffsets(10, "", 10)).partition(VIEWER)
    behind = PartitionOffsets(0, "", 10)
    others = dict.fromkeys(set(range(6)) - {mine}, behind)
    assert Reading(BEGAN, {**others, mine: PartitionOffsets(10, "", 10)}).as_of(VIEWER) == BEGAN
    assert len({reading(behind).partition(uuid4()) for _ in range(200)}) == 6


def test_a_timestamp_is_never_later_than_the_moment() -> None:
    assert timestamp(datetime(2026, 1, 2, 3, 4, 5, 999_999, UTC)) == "2026-01-02T03:04:05.999Z"
    assert timestamp(None) is None


async def test_who_asks_at_once_shares_one_reading() -> None:
    offsets, clock = ToldOffsets(), Clock()
    freshness = Freshness(offsets, Metrics(), clock)
    offsets.held.clear()
    asked = [asyncio.create_task(freshness.reading()) for _ in range(10)]
    await until(lambda: offsets.readings == 1)
    clock.now += 5  # Kafka is slow: whoever comes now waits for the same
    asked.append(asyncio.create_task(freshness.reading()))
    await asyncio.sleep(0)
    offsets.held.set()
    readings = await asyncio.gather(*asked)
    assert offsets.readings == 1
    assert {id(one) for one in readings} == {id(readings[0])}


async def test_a_reading_serves_for_a_tenth_of_a_second() -> None:
    offsets, clock = ToldOffsets(), Clock()
    freshness = Freshness(offsets, Metrics(), clock)
    for later, readings in ((0, 1), (0.09, 1), (0.02, 2)):
        clock.now += later
        assert await freshness.reading() is not None
        assert offsets.readings == readings


async def test_one_begun_after_a_moment_is_waited_for() -> None:
    offsets, clock = ToldOffsets(), Clock()
    freshness = Freshness(offsets, Metrics(), clock)
    offsets.held.clear()
    early = asyncio.create_task(freshness.reading())
    await until(lambda: offsets.readings == 1)
    clock.now += 0.05
    offsets.tell(end=11)
    late = asyncio.create_task(freshness.reading(begun_after=clock.now))
    await asyncio.sleep(0)
    offsets.held.set()
    first, second = await early, await late
    assert first is not None
    assert second is not None
    assert (first.offsets[0].end, second.offsets[0].end) == (10, 11)


async def test_while_kafka_is_away_nobody_waits_and_it_comes_back_by_itself() -> None:
    offsets, metrics, clock = ToldOffsets(), Metrics(), Clock()
    freshness = Freshness(offsets, metrics, clock, retry_s=0.02)
    offsets.failure = KafkaConnectionError()
    assert await freshness.reading() is None
    offsets.held.clear()  # from now on it does not even refuse
    for _ in range(50):
        clock.now += 1
        async with asyncio.timeout(0.01):
            assert await freshness.reading() is None
    assert offsets.readings <= 2
    failures = metrics.declarations.registry.get_sample_value
    assert failures("ugc_read_failures_total", {"reason": "kafka"}) == 1
    offsets.failure = None
    offsets.held.set()

    async def known() -> bool:
        clock.now += 1
        return await freshness.reading() is not None

    await until(known)
    await freshness.__aexit__()


async def test_whatever_goes_wrong_with_kafka_reads_go_on() -> None:
    offsets = ToldOffsets()
    freshness = Freshness(offsets, Metrics())
    offsets.failure = AttributeError("a gap in a client")
    assert await freshness.reading() is None
    await freshness.__aexit__()


async def test_it_remembers_when_all_was_stored() -> None:
    offsets, clock = ToldOffsets(), Clock()
    freshness = Freshness(offsets, Metrics(), clock)
    before = await freshness.reading()
    clock.now += 1
    offsets.tell(end=11)
    after = await freshness.reading()
    assert before is not None
    assert after is not None
    assert before.as_of(VIEWER) == after.as_of(VIEWER) == before.began


async def test_as_of_is_no_later_than_the_moment_kafka_was_asked() -> None:
    """What is acknowledged while the answer is on its way is not in it."""
    offsets, clock = ToldOffsets(), Clock()
    freshness = Freshness(offsets, Metrics(), clock)
    offsets.held.clear()
    asking = asyncio.create_task(freshness.reading())
    await until(lambda: offsets.readings == 1)
    asked = datetime.now(UTC)
    await until(lambda: datetime.now(UTC) > asked, every=0.001)
    offsets.held.set()
    stored = await asking
    offsets.tell(end=11)
    clock.now += 1
    behind = await freshness.reading()
    for one in (stored, behind):
        assert one is not None
        as_of = one.as_of(VIEWER)
        assert as_of is not None
        assert as_of <= asked


class Answering:
    """An admin client and a consumer, of what a broker answers."""

    def __init__(self, commits: dict[object, object]) -> None:
        self.commits = commits
        self.closed = 0

    def partitions_for_topic(self, topic: str) -> set[int]:
        return {0, 1}

    async def list_consumer_group_offsets(self, *_: object) -> dict[object, object]:
        return self.commits

    async def end_offsets(self, partitions: list[object]) -> dict[object, int]:
        return dict.fromkeys(partitions, 10)

    async def stop(self) -> None:
        self.closed += 1


async def test_a_broker_that_is_not_the_coordinator_has_not_said_nothing_was_committed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its answer holds no partition at all."""
    offsets, client = Offsets(Brokers("127.0.0.1:9"), "views", "views"), Answering({})

    async def connect() -> tuple[Answering, Answering]:
        return client, client

    monkeypatch.setattr(offsets, "_connect", connect)
    with pytest.raises(GroupCoordinatorNotAvailableError):
        await offsets.read()
    assert client.closed == 2  # the next reading looks for the coordinator anew
