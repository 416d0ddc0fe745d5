"""The dead letters as an operator handles them."""

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from configuration.kafka import Brokers
from etl import topics
from etl.dead_letters import DeadLetter, DeadLetters
from tests.analyst import Analyst
from tests.integration.pipeline.letters import Operator, Ran, of_film, source
from tests.integration.pipeline.topic import administration, fresh, producer, read_all
from tests.stack import RunningStack
from tests.waiting import until
from ugc_events import encode


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
