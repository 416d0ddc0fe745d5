"""The audit on a running stack: it names what is not where it should be, and puts it back."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import uuid4

import httpx
from msgspec.structs import replace

from configuration.kafka import Brokers
from embedded.child import Child
from etl.history import Span, history
from etl.position import move
from tests.analyst import Analyst
from tests.integration.pipeline.commands import etl
from tests.integration.pipeline.topic import fresh, worker_of_its_own, write_many
from tests.stack import RunningStack
from tests.waiting import until
from ugc_events import ViewProgress, encode

DERIVED = {"positions": 2, "viewer_days": 1}
"""With how many rows for an event."""
LETTERLESS = [b"not json at all", None]


class Audited:
    """A topic and group of their own, in the tables of everybody."""

    def __init__(self, stack: RunningStack, topic: str, worker: Child) -> None:
        self.brokers, self.settings = stack.settings.kafka_bootstrap, stack.settings
        self.analyst = Analyst(stack.settings)
        self.topic = topic
        self.worker = worker

    async def write(self, *partitions: Sequence[bytes | None]) -> None:
        await write_many(self.brokers, self.topic, partitions)

    async def operator(self, *arguments: str, **more: str) -> tuple[int, str]:
        ours = {"KAFKA_TOPIC": self.topic, "KAFKA_CONSUMER_GROUP_ID": self.topic}
        return await etl(self.settings, *arguments, **{**ours, **more})

    async def differences(self, *arguments: str) -> tuple[int, list[dict[str, object]]]:
        code, said = await self.operator("audit", "--json", *arguments)
        return code, [json.loads(line) for line in said.splitlines() if line.startswith("{")]

    async def all_passed(self) -> bool:
        async with history(Brokers(self.brokers)) as past:
            committed = await past.committed(self.topic, self.topic)
            spans = await past.spans(self.topic)
        return all(
            span.partition in committed and committed[span.partition].offset == span.end
            for span in spans
            if span.length
        )

    async def pass_all_without_storing(self) -> None:
        """As a worker would that commits before it stores."""
        async with history(Brokers(self.brokers)) as past:
            spans = [Span(one.partition, one.end, one.end) for one in await past.spans(self.topic)]
        await move(Brokers(self.brokers), self.topic, spans, {})

    async def measured(self, name: str) -> float | None:
        """The value of the worker's metric, None while it is not served."""
        port = self.settings.metrics_port + 20 + 1
        async with httpx.AsyncClient() as http:
            try:
                text = (await http.get(f"http://127.0.0.1:{port}/metrics")).text
            except httpx.TransportError:
                return None
        return next(float(one.split()[1]) for one in text.splitlines() if one.startswith(name))


def counts(said: str, partition: str) -> str:
    """What the table says of a partition, or of `all`."""
    (found,) = (line.split() for line in said.splitlines() if line.split()[:1] == [partition])
    return " ".join(found[1:])


@asynccontextmanager
async def audited(stack: RunningStack, **more: str) -> AsyncIterator[Audited]:
    topic = f"audited-{uuid4()}"
    async with worker_of_its_own(stack, topic, **more) as worker:
        yield Audited(stack, topic, worker)


async def test_a_row_deleted_by_hand_is_named_and_put_back_into_every_table(
    running_stack: RunningStack,
) -> None:
    events = [fresh() for _ in range(40)]
    lost = events[25]
    async with audited(running_stack) as one:
        await one.worker.start()
        await one.write(*([encode(e) for e in part] for part in (events[:20], events[20:])))
        await until(one.all_passed)
        code, said = await one.operator("audit")
        assert code == 0, said
        assert counts(said, "all") == "40 40 0 0 0 0 0 0"

        await one.analyst.erase(lost.event_id)
        for table in DERIVED:
            await one.analyst.rows(
                f"ALTER TABLE movies.{table}_local DELETE WHERE user_id = '{lost.user_id}' "
                "SETTINGS mutations_sync = 1"
            )
        code, said = await one.operator("audit")
        assert code == 3
        assert [line.split() for line in said.splitlines() if line.startswith("missing")] == [
            ["missing", "1-5", "event", str(lost.event_id)]
        ]

        code, said = await one.operator("audit", "--repair", "--since", "10m")
        assert code == 0, said
        assert "1 put back" in said
        assert await one.analyst.stored(lost.event_id)
        for table in DERIVED:
            assert (
                await one.analyst.rows(
                    f"SELECT progress FROM movies.{table} FINAL WHERE user_id = '{lost.user_id}'"
                )
                == [["12.345"]] * DERIVED[table]
            )
        assert (await one.differences()) == (0, [])


async def test_a_conflict_is_named_and_no_repair_changes_it(running_stack: RunningStack) -> None:
    first = fresh()
    again = replace(first, received_at=first.received_at + timedelta(seconds=1))
    other = replace(again, progress=99.0)
    async with audited(running_stack) as one:
        await one.worker.start()
        await one.write([encode(first), encode(again), encode(other)])
        await until(one.all_passed)
        for arguments in ((), ("--repair",)):
            code, found = await one.differences(*arguments)
            assert code == 4
            assert found == [
                {
                    "finding": "conflict",
                    "partition": 0,
                    "offset": 2,
                    "event_id": str(first.event_id),
                    "put_back": False,
                }
            ]
        code, said = await one.operator("audit")
        assert (code, counts(said, "0")) == (4, "3 1 1 0 0 0 1 0")
        row = f"SELECT progress FROM movies.views FINAL WHERE event_id = '{first.event_id}'"
        assert await one.analyst.rows(row) == [["12.345"]]


async def test_what_was_passed_without_a_row_or_a_letter_is_missing_until_it_has_one(
    running_stack: RunningStack,
) -> None:
    good, odd = fresh(), fresh()
    again = replace(good, received_at=good.received_at + timedelta(seconds=1))
    other = replace(again, progress=99.0)
    repeated_key = encode(odd).replace(b'"total":', b'"total":1.000,"total":')
    against_contract = encode(fresh()).replace(b"12.345", b"12.3456")
    values = [encode(good), encode(again), encode(other), repeated_key, against_contract]
    async with audited(running_stack) as one:
        await one.write([*values, *LETTERLESS])
        assert await one.differences() == (1, [])  # nobody has passed it yet: that proves nothing
        await one.pass_all_without_storing()
        code, found = await one.differences()
        assert code == 3
        assert [(d["finding"], d["offset"]) for d in found] == [("missing", n) for n in range(7)]
        assert [d["event_id"] for d in found[-2:]] == [None, None]

        code, found = await one.differences("--repair")
        assert code == 4
        assert [d["put_back"] for d in found] == [n != 2 for n in range(7)]
        assert found[2]["finding"] == "conflict"

        code, said = await one.operator("audit")
        assert (code, counts(said, "0")) == (4, "7 2 1 3 0 0 1 0")
        code, said = await one.operator("dead-letters", "purge", "--before", "0s", "--yes")
        assert code == 0, said
        code, said = await one.operator("audit")
        assert (code, counts(said, "0")) == (4, "7 2 1 0 3 0 1 0")


async def test_the_audit_beside_the_worker_raises_the_alarm_until_the_repair(
    running_stack: RunningStack,
) -> None:
    lost = [fresh() for _ in range(5)]
    stored: list[ViewProgress] = [fresh() for _ in range(30)]
    async with audited(running_stack, UGC_AUDIT_EVERY_S="0.3") as one:
        await one.write([*map(encode, lost), b"poison"])
        await one.pass_all_without_storing()
        await one.worker.start()

        async def missing(events: int) -> bool:
            return await one.measured("ugc_missing_events ") == events

        await until(lambda: missing(6), within=30)
        line = next(line for line in one.worker.tail if "are missing in ClickHouse" in line)
        assert json.loads(line)["level"] == "ERROR"
        assert json.loads(line)["places"] == [f"0-{n}" for n in range(6)]
        assert "python -m etl audit --repair" in line

        await one.write([], [*map(encode, stored), b"more poison"])

        async def looked_at(events: int) -> bool:
            return (await one.measured("ugc_audited_events_total ") or 0) >= events

        await until(lambda: looked_at(6 + 31))
        assert await missing(6)

        code, said = await one.operator("audit", "--repair")
        assert code == 0, said
        await until(lambda: missing(0))
        assert any("missing events are there again" in line for line in one.worker.tail)
        assert (await one.measured("ugc_audit_last_success_timestamp_seconds ") or 0) > 1e9
        assert one.worker.alive


async def test_an_audit_that_cannot_look_says_why(running_stack: RunningStack) -> None:
    async with audited(running_stack) as one:
        await one.write([encode(fresh())])
        await one.pass_all_without_storing()
        code, said = await one.operator("audit", CH_PASSWORD="wrong")
        assert code == 1
        assert "Authentication failed" in said
        code, said = await one.operator("audit", KAFKA_TOPIC="nobody-made-it")
        assert code == 1
        assert "there is no topic nobody-made-it" in said
