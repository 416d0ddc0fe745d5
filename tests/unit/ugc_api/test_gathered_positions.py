"""Positions asked for at the same time: few questions, and everybody the own answer."""

import ast
import asyncio
import gc
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest

from tests.unit.ugc_api.nodes import Node, failures, reading, serving
from tests.waiting import until
from ugc_api.problems import Problem
from ugc_api.reads.positions import AT_ONCE, JOINED_FOR_S, KEYS, Found, Key, PositionReads
from ugc_api.reads.warehouse import WAIT_S, Warehouse

FILM = UUID(int=7)
NOBODY = UUID(int=999)
"""Has watched nothing."""


class Positioned(Node):
    """Answers, once it may, where each viewer of the question is: as many seconds as its number."""

    def __init__(self) -> None:
        super().__init__(self._answer_keys)
        self.open = asyncio.Event()
        self.status = 200

    async def _answer_keys(self) -> tuple[int, str]:
        keys = self.questions[-1]
        await self.open.wait()
        rows = [
            {"which": which, "user_id": user, "film_id": film, "last": [UUID(user).int, 9, "", ""]}
            for user, film in keys
            if UUID(user) != NOBODY
            for which in ("latest", "furthest")
        ]
        return self.status, "".join(json.dumps(row) + "\n" for row in rows)

    @property
    def questions(self) -> list[list[Key]]:
        """The keys of each."""
        queries = [parse_qs(urlsplit(address).query) for address, _ in self.asked]
        return [ast.literal_eval(query["param_keys"][0]) for query in queries]


class Reads:
    def __init__(self, node: Positioned, warehouse: Warehouse, positions: PositionReads) -> None:
        self.node = node
        self.warehouse = warehouse
        self.positions = positions

    def reader(self, number: int) -> "asyncio.Task[Found]":
        return asyncio.create_task(self.positions.of(UUID(int=number), FILM))

    async def readers(self, first: int, last: int) -> "list[asyncio.Task[Found]]":
        """All of whom have asked."""
        came = [self.reader(number) for number in range(first, last + 1)]
        await asyncio.sleep(0)
        return came

    async def all_turns_taken(self) -> "list[asyncio.Task[Found]]":
        """By readers 1 to AT_ONCE, a question each."""
        first = []
        for number in range(1, AT_ONCE + 1):
            first += await self.readers(number, number)
            await self.asked(number)
        return first

    async def asked(self, questions: int) -> None:
        await until(lambda: len(self.node.asked) >= questions, within=5)


@asynccontextmanager
async def reads_of(node: Positioned, within_s: float) -> AsyncIterator[Reads]:
    async with (
        serving(node),
        reading(node, within_s=within_s) as warehouse,
        PositionReads(warehouse) as positions,
    ):
        yield Reads(node, warehouse, positions)


@pytest.fixture
async def reads() -> AsyncIterator[Reads]:
    async with reads_of(Positioned(), within_s=5.0) as made:
        yield made


def number_of(found: Found) -> int:
    assert found["latest"] == found["furthest"]
    return int(found["latest"]["progress"])


async def test_with_nothing_under_way_nobody_waits_for_company(reads: Reads) -> None:
    first = await reads.all_turns_taken()
    assert all("max_threads=1" in address for address, _ in reads.node.asked)
    assert reads.node.questions == [[(str(UUID(int=n)), str(FILM))] for n in range(1, AT_ONCE + 1)]
    reads.node.open.set()
    assert [number_of(found) for found in await asyncio.gather(*first)] == [1, 2]


async def test_who_comes_meanwhile_is_gathered_and_gets_the_own_answer(reads: Reads) -> None:
    first = await reads.all_turns_taken()
    later = await reads.readers(101, 160)
    twins = await reads.readers(101, 160)
    reads.node.open.set()
    assert [number_of(found) for found in await asyncio.gather(*later)] == [*range(101, 161)]
    assert [number_of(found) for found in await asyncio.gather(*twins)] == [*range(101, 161)]
    await asyncio.gather(*first)
    assert [len(keys) for keys in reads.node.questions] == [1] * AT_ONCE + [60]


async def test_nobody_joins_a_question_that_was_asked(reads: Reads) -> None:
    """Its answer may be older than what the reader knows by then."""
    first = await reads.all_turns_taken()
    again = await reads.readers(1, 1)
    reads.node.open.set()
    await asyncio.gather(*first, *again)
    assert reads.node.questions[-1] == reads.node.questions[0]
    assert len(reads.node.questions) == AT_ONCE + 1


async def test_a_question_has_so_many_keys_at_most(reads: Reads) -> None:
    await reads.all_turns_taken()
    crowd = await reads.readers(101, 100 + 2 * KEYS + 1)
    reads.node.open.set()
    answers = [number_of(found) for found in await asyncio.gather(*crowd)]
    assert answers == [*range(101, 100 + 2 * KEYS + 2)]
    assert sorted(map(len, reads.node.questions[AT_ONCE:])) == [1, KEYS, KEYS]


async def test_who_has_not_watched_it_is_told_nothing_of_the_others(reads: Reads) -> None:
    await reads.all_turns_taken()
    watched, nobody = [*await reads.readers(101, 101), *await reads.readers(999, 999)]
    reads.node.open.set()
    assert not await nobody
    assert number_of(await watched) == 101
    assert len(reads.node.questions) == AT_ONCE + 1


async def test_a_reader_who_leaves_takes_no_answer_from_the_others(reads: Reads) -> None:
    await reads.all_turns_taken()
    leaving, staying = await reads.readers(101, 102)
    leaving.cancel()
    reads.node.open.set()
    assert number_of(await staying) == 102
    assert leaving.cancelled()


async def test_a_failure_is_everybody_s_and_the_next_question_is_a_new_one(reads: Reads) -> None:
    reads.node.open.set()
    reads.node.status = 500
    for reader in await reads.readers(1, 3):
        with pytest.raises(Problem) as refused:
            await reader
        assert refused.value.code == "clickhouse_away"
    assert failures(reads.warehouse, "error") == 1
    reads.node.status = 200
    assert number_of(await reads.reader(1)) == 1


async def test_a_question_that_waited_long_is_joined_no_more(reads: Reads) -> None:
    """Who comes late has a patience of the own."""
    await reads.all_turns_taken()
    (early,) = await reads.readers(101, 101)
    came = time.monotonic()
    await until(lambda: time.monotonic() - came > JOINED_FOR_S, within=5)
    (late,) = await reads.readers(102, 102)
    with pytest.raises(Problem):
        await early
    reads.node.open.set()
    assert number_of(await late) == 102


async def test_a_failure_that_nobody_waits_for_is_no_error_of_the_loop(
    reads: Reads, caplog: pytest.LogCaptureFixture
) -> None:
    reads.node.status = 500
    (leaving,) = await reads.readers(1, 1)
    await reads.asked(1)
    leaving.cancel()
    reads.node.open.set()
    await until(lambda: failures(reads.warehouse, "error") == 1, within=5)
    await asyncio.sleep(0)
    gc.collect()
    assert [record.name for record in caplog.records if record.name == "asyncio"] == []


async def test_a_question_whose_turn_never_came_is_not_joined_later(reads: Reads) -> None:
    await reads.all_turns_taken()
    (waiting,) = await reads.readers(101, 101)
    with pytest.raises(Problem):
        async with asyncio.timeout(2 * WAIT_S):
            await waiting
    assert failures(reads.warehouse, "busy") == 1
    reads.node.open.set()
    assert number_of(await reads.reader(101)) == 101


async def test_questions_end_with_the_lifespan() -> None:
    async with reads_of(Positioned(), within_s=60.0) as reads:
        first = await reads.all_turns_taken()
        await reads.positions.__aexit__()
        async with asyncio.timeout(1):
            ended = await asyncio.gather(*first, return_exceptions=True)
    assert all(isinstance(one, asyncio.CancelledError) for one in ended)
