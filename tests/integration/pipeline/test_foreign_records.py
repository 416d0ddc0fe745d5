"""What another program put into the topic."""

import asyncio
import functools
from dataclasses import replace
from uuid import uuid4

import httpx
from aiokafka import TopicPartition
from aiokafka.admin.records_to_delete import RecordsToDelete
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy

from etl.commands import DIFFERS, NEEDS_A_PERSON
from tests.analyst import Analyst
from tests.integration.pipeline.commands import etl
from tests.integration.pipeline.topic import (
    administration,
    fresh,
    producer,
    read_all,
    worker_of_its_own,
    write,
)
from tests.stack import RunningStack
from tests.unit.client_gaps.odd_name import OddName
from tests.unit.etl.records import event
from tests.waiting import until
from ugc_events import encode

POISON: dict[bytes | None, str] = {
    b"not json at all": "not_json",
    b"": "not_json",
    None: "null_value",
    b'{"v":1}': "breaks_contract",
    b"\xff\xfe": "not_json",
    b"[" * 100_000: "breaks_contract",
    encode(event()).replace(b'"v":1', b'"v":1,"extra":0'): "unknown_field",
    encode(event()).replace(b"12.345", b"12.3456"): "breaks_contract",
    b" " * 900_000: "not_json",
}


async def test_poison_is_kept_with_its_reason_and_origin_and_holds_nothing_up(
    running_stack: RunningStack,
) -> None:
    brokers, analyst = running_stack.settings.kafka_bootstrap, Analyst(running_stack.settings)
    first, last = fresh(), fresh()
    places = await write(brokers, "views", [encode(first), *POISON, encode(last)])
    await until(lambda: analyst.stored(last.event_id))
    assert await analyst.stored(first.event_id)

    letters = {
        (headers["source_partition"], headers["source_offset"]): (letter, headers)
        for letter in await read_all(brokers, "views.dead-letters")
        for headers in [{name: value.decode() for name, value in letter.headers}]
    }
    for (partition, offset), (value, reason) in zip(places[1:-1], POISON.items(), strict=True):
        letter, headers = letters[str(partition), str(offset)]
        assert headers["reason"] == reason
        assert headers["source_topic"] == "views"
        assert (letter.key, letter.value) == (b"foreign", value)


async def test_a_header_name_that_is_no_text_holds_nothing_up(
    running_stack: RunningStack,
) -> None:
    brokers, analyst = running_stack.settings.kafka_bootstrap, Analyst(running_stack.settings)
    topic, events = f"odd-{uuid4()}", [fresh() for _ in range(3)]
    async with worker_of_its_own(running_stack, topic) as worker:
        async with producer(brokers) as client:
            batch = client.create_batch()
            batch._builder = _DefaultRecordBatchBuilderPy(2, 0, 0, -1, -1, -1, 1_000_000)
            for n, value in enumerate([*map(encode, events), b"odd and unreadable"]):
                headers = [(OddName("odd"), b"\x00")] if n in (1, 3) else []
                batch._builder.append(n, timestamp=None, key=b"k", value=value, headers=headers)
                batch._relative_offset += 1
            await (await client.send_batch(batch, topic, partition=0))
            await client.send_and_wait(topic, encode(last := fresh()), partition=0)
        await worker.start()
        await until(lambda: analyst.stored(last.event_id))
    for one in events:
        assert await analyst.stored(one.event_id)
    (letter,) = await read_all(brokers, f"{topic}.dead-letters")
    assert letter.value == b"odd and unreadable"
    assert letter.headers[0] == ("\\xff\\xfe", b"\x00")


async def test_records_compressed_by_any_codec_are_read(running_stack: RunningStack) -> None:
    brokers, analyst = running_stack.settings.kafka_bootstrap, Analyst(running_stack.settings)
    events = {codec: fresh() for codec in ("gzip", "snappy", "lz4", "zstd")}
    for codec, one in events.items():
        async with producer(brokers, codec) as client:
            await client.send_and_wait("views", encode(one), partition=0)
    for one in events.values():
        await until(functools.partial(analyst.stored, one.event_id))


async def test_a_repeated_json_key_is_stored_as_we_read_it(running_stack: RunningStack) -> None:
    brokers, analyst = running_stack.settings.kafka_bootstrap, Analyst(running_stack.settings)
    odd, plain = fresh(), fresh()
    repeated = encode(odd).replace(b'"progress":', b'"progress":1.000,"progress":')
    await write(brokers, "views", [repeated, encode(plain)])
    await until(lambda: analyst.stored(plain.event_id))
    row = await analyst.rows(
        f"SELECT progress FROM movies.views FINAL WHERE event_id = '{odd.event_id}'"
    )
    assert row == [["12.345"]]


async def test_a_newer_contract_stops_the_worker_which_says_why(
    running_stack: RunningStack,
) -> None:
    brokers, analyst = running_stack.settings.kafka_bootstrap, Analyst(running_stack.settings)
    topic = f"newer-{uuid4()}"
    before, after = fresh(), fresh()
    newer = encode(fresh()).replace(b'"v":1', b'"v":2,"speed":1.5')
    async with worker_of_its_own(running_stack, topic) as worker:
        (_, (partition, offset), _) = await write(
            brokers, topic, [encode(before), newer, encode(after)]
        )
        await worker.start()
        assert await asyncio.wait_for(worker.wait(), timeout=30) == NEEDS_A_PERSON
        assert any("contract version 2, this program knows up to 1" in line for line in worker.tail)
    assert await analyst.stored(before.event_id)
    assert not await analyst.stored(after.event_id)
    assert await read_all(brokers, f"{topic}.dead-letters") == []
    assert partition == 0
    assert await passed(brokers, topic, offset)


async def test_a_thousand_dead_in_a_row_stop_the_worker_with_none_of_them_passed(
    running_stack: RunningStack,
) -> None:
    brokers, topic = running_stack.settings.kafka_bootstrap, f"poisoned-{uuid4()}"
    async with worker_of_its_own(running_stack, topic) as worker:
        await write(brokers, topic, [b"{"] * 1000)
        await worker.start()
        assert await asyncio.wait_for(worker.wait(), timeout=30) == NEEDS_A_PERSON
        assert any("1000 in a row records are unreadable" in line for line in worker.tail)
        assert await read_all(brokers, f"{topic}.dead-letters") == []
        assert not await passed(brokers, topic, 1000)
    async with worker_of_its_own(running_stack, topic, UGC_DEAD_LETTER_LIMIT="0") as worker:
        await worker.start()
        await until(lambda: passed(brokers, topic, 1000))
        assert len(await read_all(brokers, f"{topic}.dead-letters")) == 1000


async def test_one_that_is_to_hold_stays_for_somebody_to_look(running_stack: RunningStack) -> None:
    brokers, topic = running_stack.settings.kafka_bootstrap, f"held-{uuid4()}"
    async with worker_of_its_own(running_stack, topic) as worker:
        worker.recipe = replace(worker.recipe, command=(*worker.recipe.command, "--hold"))
        await write(brokers, topic, [b"{"] * 1000)
        await worker.start()
        await until(lambda: any('"held: ' in line for line in worker.tail), within=30)
        assert worker.alive
        port = worker.recipe.environment["UGC_METRICS_PORT"]
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
            assert (await http.get("/readyz")).status_code == httpx.codes.SERVICE_UNAVAILABLE
            assert (
                'fatal_errors_total{error="TooManyDeadLetters"} 1.0'
                in (await http.get("/metrics")).text
            )
        await worker.stop()
        assert worker.exit_code == NEEDS_A_PERSON
        assert not await passed(brokers, topic, 1000)


async def test_a_position_outside_the_log_stops_the_worker_which_says_what_to_do(
    running_stack: RunningStack,
) -> None:
    settings, topic = running_stack.settings, f"lost-{uuid4()}"
    brokers, kept = settings.kafka_bootstrap, [fresh() for _ in range(2)]
    short = {"KAFKA_SESSION_TIMEOUT_MS": "6000"}
    async with worker_of_its_own(running_stack, topic, **short) as worker:
        await write(brokers, topic, [encode(fresh()) for _ in range(5)])
        await worker.start()
        await until(lambda: passed(brokers, topic, 5))
        await worker.kill()
        await write(brokers, topic, [encode(fresh()) for _ in range(3)] + [*map(encode, kept)])
        await expire(brokers, topic, up_to=8)
        await worker.start()
        assert await asyncio.wait_for(worker.wait(), timeout=60) == NEEDS_A_PERSON
        command = ("rewind", "--to", "earliest", "--group")
        assert any(" ".join(command) in line for line in worker.tail)

        async def moved() -> bool:
            # A fixed id keeps the worker's place in the group for the session time.
            group = {"KAFKA_TOPIC": topic, "KAFKA_CONSUMER_GROUP_ID": topic}
            code, said = await etl(settings, *command, **group)
            assert code in (1, DIFFERS), said
            return "partition 0: from 5 to 8" in said and "3 records expired" in said

        await until(moved, within=30, every=0.5)
        await worker.start()
        await until(lambda: Analyst(settings).stored(kept[-1].event_id))
        assert await Analyst(settings).stored(kept[0].event_id)


async def passed(brokers: str, group: str, offset: int) -> bool:
    async with administration(brokers) as admin:
        positions = await admin.list_consumer_group_offsets(group)
    return any(one.offset == offset for one in positions.values())


async def expire(brokers: str, topic: str, up_to: int) -> None:
    """As retention does, at once."""
    async with administration(brokers) as admin:
        await admin.delete_records({TopicPartition(topic, 0): RecordsToDelete(up_to)})
