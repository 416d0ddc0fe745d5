"""The dead letters as an operator handles them, and what the worker made of much poison."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from aiokafka import ConsumerRecord, TopicPartition
from msgspec.structs import replace

from configuration.kafka import Brokers
from embedded import children
from embedded.settings import ROOT
from etl import topics
from etl.dead_letters import DeadLetter, DeadLetters
from tests.analyst import Analyst
from tests.integration.pipeline.topic import (
    administration,
    fresh,
    producer,
    read_all,
    worker_of_its_own,
    write_many,
)
from tests.stack import RunningStack
from tests.waiting import until
from ugc_events import ViewProgress, encode

GOOD, POISONOUS = 100_000, 10_000


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    def facts(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.out.splitlines()]


class Operator:
    """Runs `python -m etl dead-letters` for one topic."""

    def __init__(self, stack: RunningStack, topic: str) -> None:
        environ = {**stack.settings.environ, "KAFKA_TOPIC": topic}
        worker = children.etl(replace(stack.settings, environ=environ))
        self._environment = worker.recipe.environment

    async def runs(self, *arguments: str, stdin: int = asyncio.subprocess.DEVNULL) -> Ran:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "etl",
            "dead-letters",
            *arguments,
            cwd=ROOT,
            env=self._environment,
            stdin=stdin,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await asyncio.wait_for(process.communicate(), timeout=60)
        assert process.returncode is not None
        return Ran(process.returncode, out.decode(), err.decode())

    async def heads(self, argument: str) -> tuple[int, str]:
        """Lines on stdout, and stderr, when whoever reads leaves after two lines."""
        process = await asyncio.create_subprocess_shell(
            f"{sys.executable} -m etl dead-letters {argument} | head -n 2",
            cwd=ROOT,
            env=self._environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await asyncio.wait_for(process.communicate(), timeout=60)
        return out.count(b"\n"), err.decode()


async def at_a_terminal(operator: Operator, typed: bytes, *arguments: str) -> Ran:
    ours, theirs = os.openpty()
    try:
        os.write(ours, typed)
        return await operator.runs(*arguments, stdin=theirs)
    finally:
        os.close(ours)
        os.close(theirs)


@asynccontextmanager
async def letters_of_its_own(stack: RunningStack) -> AsyncIterator[tuple[str, DeadLetters]]:
    """The name of a topic of events that is not there, and its dead letters, empty."""
    topic, brokers = f"buried-{uuid4()}", stack.settings.kafka_bootstrap
    async with administration(brokers) as admin:
        wanted = topics.Topic(f"{topic}.dead-letters", 2, 1, {"max.message.bytes": "2097152"})
        await topics.ensure(admin, [wanted])
    dead_letters = DeadLetters(Brokers(brokers), wanted.name)
    await dead_letters.connect()
    try:
        yield topic, dead_letters
    finally:
        await dead_letters.close()


def letter(offset: int, value: bytes | None, reason: str = "breaks_contract") -> DeadLetter:
    own = (("request_id", b"abc"), ("reason", b"\xff"))
    return DeadLetter(b"%d" % offset, value, own, reason, "views", 3, offset)


def of_film(film: UUID, number: int) -> ViewProgress:
    return replace(
        fresh(), film_id=film, user_id=UUID(int=number % 1000), event_id=UUID(int=number)
    )


async def test_much_poison_among_good_events_holds_none_of_them_up(
    running_stack: RunningStack,
) -> None:
    brokers, analyst = running_stack.settings.kafka_bootstrap, Analyst(running_stack.settings)
    topic, film = f"poisonous-{uuid4()}", uuid4()
    odd = encode(of_film(film, 0))
    poison: dict[bytes | None, str] = {
        b"not json": "not_json",
        None: "null_value",
        odd.replace(b'"v":1', b'"v":1,"x":0'): "unknown_field",
        odd.replace(b"12.345", b"-1"): "breaks_contract",
    }
    kinds = list(poison)
    written: list[list[bytes | None]] = [[], []]
    expected: dict[tuple[int, int], tuple[str, bytes | None]] = {}
    one = of_film(film, 0)
    for number in range(GOOD + POISONOUS):
        partition = written[number // 11 % 2]
        if number % 11 == 5:
            value = kinds[number % len(kinds)]
            expected[number // 11 % 2, len(partition)] = (poison[value], value)
        else:
            user, event_id = UUID(int=number % 1000), UUID(int=number)
            value = encode(replace(one, user_id=user, event_id=event_id))
        partition.append(value)
    assert len(expected) == POISONOUS
    async with worker_of_its_own(running_stack, topic) as worker:
        await write_many(brokers, topic, written)
        await worker.start()
        ends = {TopicPartition(topic, n): len(values) for n, values in enumerate(written)}
        await until(lambda: passed(brokers, topic, ends), within=60, every=0.2)

    rows = await analyst.rows(f"SELECT event_id FROM movies.views FINAL WHERE film_id = '{film}'")
    assert len(rows) == GOOD
    good = {str(UUID(int=n)) for n in range(GOOD + POISONOUS) if n % 11 != 5}
    assert {event_id for (event_id,) in rows} == good

    letters = await read_all(brokers, f"{topic}.dead-letters")
    assert len(letters) == POISONOUS
    assert {source(one): (headers(one)["reason"], one.value) for one in letters} == expected

    operator = Operator(running_stack, topic)
    listed = await operator.runs("list", "--json", "--reason", "null_value")
    nulls = {place for place, (reason, _) in expected.items() if reason == "null_value"}
    assert listed.code == 0
    assert {(one["source_partition"], one["source_offset"]) for one in listed.facts()} == nulls
    assert await operator.heads("list") == (2, "")
    dry = await operator.runs("replay", "--dry-run")
    assert dry.code == 3
    assert "letters: 10 000; copies left out: 0" in dry.out


def headers(record: ConsumerRecord) -> dict[str, str]:
    """The worker's own."""
    return {name: value.decode() for name, value in record.headers[-4:]}


def source(record: ConsumerRecord) -> tuple[int, int]:
    found = headers(record)
    return int(found["source_partition"]), int(found["source_offset"])


async def passed(brokers: str, group: str, ends: dict[TopicPartition, int]) -> bool:
    async with administration(brokers) as admin:
        positions = await admin.list_consumer_group_offsets(group)
    return {partition: one.offset for partition, one in positions.items()} == ends


async def test_what_became_readable_is_stored_once_however_often_it_is_replayed(
    running_stack: RunningStack,
) -> None:
    analyst, film = Analyst(running_stack.settings), uuid4()
    events = [of_film(film, number) for number in range(5)]
    values: list[bytes | None] = [encode(one) for one in events]
    values[4] = encode(events[4]).replace(b'"progress":', b'"progress":1.000,"progress":')
    hopeless = [None, b"{", encode(fresh()).replace(b'"v":1', b'"v":2')]

    async def stored() -> list[list[str]]:
        return await analyst.rows(
            "SELECT event_id, progress, received_at FROM movies.views FINAL "
            f"WHERE film_id = '{film}' ORDER BY event_id"
        )

    async with letters_of_its_own(running_stack) as (topic, dead_letters):
        operator = Operator(running_stack, topic)
        buried = [
            letter(offset, value, "unknown_field" if value in values else "not_json")
            for offset, value in enumerate([*values, *hopeless])
        ]
        await dead_letters.bury([*buried, *buried[:2]])  # the worker died and buried again

        dry = await operator.runs("replay", "--dry-run")
        assert dry.code == 3
        assert sorted(dry.out.splitlines()[2:]) == [
            "letters: 8; copies left out: 2",
            "not_json       newer contract    1",
            "not_json       still not_json    1",
            "not_json       still null_value  1",
            "unknown_field  would be stored   5",
        ]
        assert await stored() == []

        first = await operator.runs("replay", "--rate", "100")
        assert first.code == 3
        assert "unknown_field  stored            5" in first.out
        assert "100% 5 stored, 3 cannot be read" in first.err
        rows = await stored()
        assert [UUID(event_id) for event_id, *_ in rows] == [one.event_id for one in events]
        assert {progress for _, progress, _ in rows} == {"12.345"}

        assert (await operator.runs("replay")).code == 3
        assert await stored() == rows
        assert (await operator.runs("replay", "--reason", "unknown_field")).code == 0


async def test_letters_are_listed_without_what_is_in_them_and_shown_with_it(
    running_stack: RunningStack,
) -> None:
    async with letters_of_its_own(running_stack) as (topic, dead_letters):
        operator, brokers = Operator(running_stack, topic), running_stack.settings.kafka_bootstrap
        empty = await operator.runs("list")
        assert (empty.code, empty.out) == (
            0,
            f"no letter selected of 0 in {topic}.dead-letters\n",
        )
        await dead_letters.bury(
            [letter(7, b"\x1b[2Jpersonal" + b"x" * 1_000_000, "not_json"), letter(8, None)]
        )
        async with producer(brokers) as client:  # not of the worker
            foreign = await client.send_and_wait(
                f"{topic}.dead-letters", encode(fresh()), headers=[("source_offset", b"x")]
            )

        listed = await operator.runs("list")
        assert listed.code == 0
        assert "personal" not in listed.out
        place = f"@{foreign.partition}-{foreign.offset}"
        cells = [line.split()[1:] for line in listed.out.splitlines()[1:4]]
        assert sorted(cells) == [
            ["-", place, str(len(encode(fresh()))), "would", "be", "stored"],
            ["breaks_contract", "3-8", "null", "still", "null_value"],
            ["not_json", "3-7", "1000012", "still", "not_json"],
        ]
        shown = await operator.runs("show", "3-7")
        assert shown.code == 0
        assert r"\x1b[2Jpersonalxxx" in shown.out
        assert r"header   reason: \xff" in shown.out
        assert len(shown.out) < 5000
        assert "copies" not in shown.out
        assert len((await operator.runs("show", "3-7", "--full")).out) > 1_000_000
        chosen = await operator.runs("show", "--json", "--reason", "breaks_contract")
        assert [one["source"] for one in chosen.facts()] == ["3-8"]
        absent = await operator.runs("show", "3-7", "9-9")
        assert (absent.code, absent.err) == (
            1,
            f"no letter 9-9 among 3 in {topic}.dead-letters\n",
        )


async def test_a_purge_deletes_what_is_older_and_only_when_told_so(
    running_stack: RunningStack,
) -> None:
    brokers = running_stack.settings.kafka_bootstrap
    async with letters_of_its_own(running_stack) as (topic, dead_letters):
        operator, name = Operator(running_stack, topic), f"{topic}.dead-letters"
        await dead_letters.bury([letter(offset, b"{") for offset in range(3)])
        last = max(one.timestamp for one in await read_all(brokers, name)) / 1000
        await until(lambda: datetime.now(UTC).timestamp() > last + 0.001)
        between = datetime.fromtimestamp(last, UTC) + timedelta(milliseconds=1)
        await dead_letters.bury([letter(offset, b"{") for offset in range(3, 5)])

        unasked = await operator.runs("purge", "--before", between.isoformat())
        assert unasked.code == 1
        assert unasked.err.startswith("3 letters of before ")
        assert "--yes" in unasked.err
        assert len(await read_all(brokers, name)) == 5

        refused = await at_a_terminal(operator, b"n\n", "purge", "--before", between.isoformat())
        assert refused.code == 1
        assert refused.out.startswith("delete 3 letters of before ")
        assert refused.err == "nothing was deleted\n"
        assert len(await read_all(brokers, name)) == 5

        told = await at_a_terminal(operator, b"y\n", "purge", "--before", between.isoformat())
        assert told.code == 0
        assert "deleted 3 letters of before " in told.out
        assert sorted(source(one) for one in await read_all(brokers, name)) == [(3, 3), (3, 4)]
        again = await operator.runs("purge", "--before", between.isoformat(), "--yes")
        assert (again.code, again.out[:17]) == (0, "nothing to delete")


async def test_what_cannot_be_done_is_said(running_stack: RunningStack) -> None:
    nowhere = Operator(running_stack, f"absent-{uuid4()}")
    missing = await nowhere.runs("list")
    assert missing.code == 1
    assert missing.err.startswith("there is no topic absent-")
    assert "Traceback" not in missing.err
    wrong: Sequence[Sequence[str]] = [
        ["list", "--since", "yesterday"],
        ["replay", "--rate", "0"],
        ["purge"],
        ["show", "--limit", "-1"],
    ]
    for arguments in wrong:
        assert (await nowhere.runs(*arguments)).code == 2
    contradictions: dict[str, Sequence[str]] = {
        "which letters?": ["show"],
        "no time is both --since and --until": ["list", "--since", "1h", "--until", "2h"],
        "what of the dead letters": [],
    }
    for said, arguments in contradictions.items():
        ran = await nowhere.runs(*arguments)
        assert ran.code == 2
        assert ran.err.startswith(said)
        assert ran.err.count("\n") == 1
