"""The worker's order of things, with a feed and a warehouse of our own making."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

import httpx
import pytest
from aiokafka import ConsumerRecord, TopicPartition

from etl.batch import BatchPolicy, Position
from etl.dead_letter_limit import DeadLetterLimit
from etl.dead_letters import DeadLetter, DeadLetters
from etl.exits import MalformedRows, TooManyDeadLetters, WarehouseAway, WarehouseRefusal
from etl.feed import Feed
from etl.metrics import Metrics
from etl.persistence import Pauses
from etl.warehouse import Warehouse
from etl.worker import Patience, Worker
from tests.unit.etl.records import P0, event, good, record
from tests.waiting import until
from ugc_events import NewerContract, encode

Story = list[object]
LIMIT = 4
QUICK = Patience(keep_alive_s=0.02, hand_over_s=0.1)
SHORT = Pauses(first_s=0.001, last_s=0.002)


class ScriptedFeed(Feed):
    """Hands out the given fetches, then nothing; ends the worker when it has nothing left."""

    def __init__(self, story: Story, fetches: list[list[ConsumerRecord]]) -> None:
        self.story = story
        self.fetches = fetches
        self.revoke: Callable[[], Awaitable[None]] | None = None
        self.owned = True
        self.exhausted: Callable[[], None] = lambda: None

    def join(self, on_revoke: Callable[[], Awaitable[None]]) -> None:
        self.revoke = on_revoke

    async def fetch(
        self, max_records: int, patience: float
    ) -> Mapping[TopicPartition, Sequence[ConsumerRecord]]:
        await asyncio.sleep(0)
        if not self.fetches:
            self.exhausted()
            return {}
        there = self.fetches.pop(0)
        if there[max_records:]:
            self.fetches.insert(0, there[max_records:])
        return {P0: there[:max_records]}

    async def keep_alive(self) -> None:
        self.story.append("alive")

    def resume(self) -> None:
        self.story.append("resumed")

    async def commit(self, positions: Mapping[TopicPartition, Position]) -> bool:
        self.story.append(("commit", positions[P0].offset))
        return self.owned


class ScriptedWarehouse(Warehouse):
    """Raises the given errors first, one an insert; None = stores."""

    def __init__(self, story: Story, errors: Sequence[Exception | None] = ()) -> None:
        self.story = story
        self.errors = list(errors)
        self.hanging = False
        self.bodies: list[bytes] = []

    async def insert(self, lines: Sequence[bytes]) -> None:
        self.bodies.append(b"".join(lines))
        if self.hanging:
            await asyncio.Event().wait()
        error = self.errors.pop(0) if self.errors else None
        if error is not None:
            self.story.append(type(error).__name__)
            raise error
        self.story.append(("insert", self.bodies[-1].count(b"\n")))


class ScriptedDeadLetters(DeadLetters):
    def __init__(self, story: Story) -> None:
        self.story = story

    async def bury(self, letters: Sequence[DeadLetter]) -> None:
        self.story.append(("bury", [letter.source_offset for letter in letters]))


class Scene:
    def __init__(
        self, fetches: list[list[ConsumerRecord]], errors: Sequence[Exception | None] = ()
    ) -> None:
        self.story: Story = []
        self.feed = ScriptedFeed(self.story, fetches)
        self.warehouse = ScriptedWarehouse(self.story, errors)
        self.metrics = Metrics()
        self.worker = Worker(
            self.feed,
            self.warehouse,
            ScriptedDeadLetters(self.story),
            self.metrics,
            DeadLetterLimit(LIMIT),
            BatchPolicy(max_rows=2, max_age_s=0.05),
            QUICK,
            SHORT,
        )
        self.feed.exhausted = self.worker.stop

    async def play(self) -> Story:
        await asyncio.wait_for(self.worker.run(), timeout=5)
        return self.story


async def test_rows_are_inserted_before_their_offsets_are_committed() -> None:
    scene = Scene([[good(0), good(1)], [good(2), good(3)]])
    assert await scene.play() == [
        ("insert", 2),
        ("commit", 2),
        ("insert", 2),
        ("commit", 4),
    ]


async def test_a_batch_takes_no_more_than_it_has_room_for() -> None:
    scene = Scene([[good(0)], [good(1), good(2), good(3), good(4)]])
    assert await scene.play() == [
        ("insert", 2),
        ("commit", 2),
        ("insert", 2),
        ("commit", 4),
        ("insert", 1),
        ("commit", 5),
    ]
    assert scene.metrics.inserted._value.get() == 5


async def test_dead_letters_are_acknowledged_before_the_commit() -> None:
    scene = Scene([[record(0, b"{"), good(1)]])
    assert await scene.play() == [("bury", [0]), ("insert", 1), ("commit", 2)]


async def test_a_batch_of_poison_alone_is_passed_without_an_insert() -> None:
    scene = Scene([[record(0, b"{"), record(1, None)]])
    assert await scene.play() == [("bury", [0, 1]), ("commit", 2)]


async def test_too_many_dead_letters_stop_the_worker_with_nothing_of_the_batch_passed() -> None:
    poison = [record(n, b"{") for n in range(LIMIT)]
    scene = Scene([poison])
    with pytest.raises(TooManyDeadLetters):
        await scene.play()
    assert scene.story == [("bury", [0, 1]), ("commit", 2)]  # the batch before it


async def test_a_stop_stores_what_is_in_hand() -> None:
    scene = Scene([[good(0)]])
    assert await scene.play() == [("insert", 1), ("commit", 1)]


async def test_transient_errors_repeat_the_very_same_bytes_until_they_pass() -> None:
    errors = [WarehouseAway(999, ""), httpx.ConnectError("refused"), httpx.ReadTimeout("slow")]
    scene = Scene([[good(0), good(1)]], errors)
    # On a busy machine it may show between two tries that it is alive.
    story = [one for one in await scene.play() if one not in ("alive", "resumed")]
    assert story[:3] == ["WarehouseAway", "ConnectError", "ReadTimeout"]
    assert story[-2:] == [("insert", 2), ("commit", 2)]
    assert len(set(scene.warehouse.bodies)) == 1
    assert len(scene.warehouse.bodies) == 4


async def test_malformed_rows_are_rewritten_once() -> None:
    odd = encode(event(1)).replace(b'"progress":', b'"progress":1,"progress":')
    scene = Scene([[record(0, odd), good(1)]], [MalformedRows(117, "Duplicate field")])
    assert await scene.play() == ["MalformedRows", ("insert", 2), ("commit", 2)]
    assert scene.warehouse.bodies[0].startswith(odd)
    assert scene.warehouse.bodies[1].startswith(encode(event(1)))


async def test_rows_refused_twice_stop_the_worker_with_nothing_passed() -> None:
    scene = Scene([[good(0), good(1)]], [MalformedRows(117, ""), MalformedRows(117, "")])
    with pytest.raises(MalformedRows):
        await scene.play()
    assert scene.story == ["MalformedRows", "MalformedRows"]


async def test_a_refusal_stops_the_worker_with_nothing_passed() -> None:
    scene = Scene([[good(0), good(1)]], [WarehouseRefusal(60, "no table")])
    with pytest.raises(WarehouseRefusal):
        await scene.play()
    assert scene.story == ["WarehouseRefusal"]


async def test_a_newer_contract_stops_after_storing_what_came_before_it() -> None:
    newer = encode(event()).replace(b'"v":1', b'"v":2')
    scene = Scene([[good(0), record(1, newer), good(2)]])
    with pytest.raises(NewerContract):
        await scene.play()
    assert scene.story == [("insert", 1), ("commit", 1)]


async def test_the_group_hears_of_the_worker_while_a_batch_waits() -> None:
    scene = Scene([[good(0), good(1)]])
    scene.warehouse.hanging = True
    running = asyncio.create_task(scene.worker.run())
    await until(lambda: scene.story.count("alive") >= 3)
    running.cancel()
    await asyncio.wait({running})


async def test_a_revoke_waits_for_the_insert_in_flight_and_then_abandons_it() -> None:
    scene = Scene([[good(0), good(1)]])
    scene.warehouse.hanging = True
    scene.feed.exhausted = lambda: None
    running = asyncio.create_task(scene.worker.run())
    await until(lambda: bool(scene.warehouse.bodies))
    assert scene.feed.revoke is not None
    await asyncio.wait_for(scene.feed.revoke(), timeout=5)
    assert not any(isinstance(one, tuple) for one in scene.story)
    assert scene.metrics.abandoned._value.get() == 1
    scene.worker.stop()
    await asyncio.wait_for(running, timeout=5)


async def test_a_revoke_stores_what_is_in_hand() -> None:
    scene = Scene([[good(0)]])
    scene.feed.exhausted = lambda: None
    running = asyncio.create_task(scene.worker.run())
    await until(lambda: not scene.feed.fetches, every=0)
    assert scene.feed.revoke is not None
    await asyncio.wait_for(scene.feed.revoke(), timeout=5)
    assert scene.story == [("insert", 1), ("commit", 1)]
    scene.worker.stop()
    await asyncio.wait_for(running, timeout=5)


async def test_a_commit_that_comes_too_late_is_not_a_success() -> None:
    scene = Scene([[good(0), good(1)]])
    scene.feed.owned = False
    await scene.play()
    assert scene.metrics.abandoned._value.get() == 1
    assert scene.metrics.last_success._value.get() == 0


async def test_a_stop_gives_up_a_batch_that_cannot_be_stored() -> None:
    scene = Scene([[good(0), good(1)]])
    scene.warehouse.hanging = True
    running = asyncio.create_task(scene.worker.run())
    await until(lambda: bool(scene.warehouse.bodies))
    scene.worker.stop()
    await asyncio.wait_for(running, timeout=5)
    assert not any(isinstance(one, tuple) for one in scene.story)
