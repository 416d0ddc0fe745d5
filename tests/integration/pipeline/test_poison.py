"""What the worker makes of much poison."""

from uuid import UUID, uuid4

from aiokafka import TopicPartition
from msgspec.structs import replace

from tests.analyst import Analyst
from tests.integration.pipeline.letters import Operator, headers, of_film, source
from tests.integration.pipeline.topic import (
    administration,
    read_all,
    worker_of_its_own,
    write_many,
)
from tests.stack import RunningStack
from tests.waiting import until
from ugc_events import encode

GOOD, POISONOUS = 100_000, 10_000


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


async def passed(brokers: str, group: str, ends: dict[TopicPartition, int]) -> bool:
    async with administration(brokers) as admin:
        positions = await admin.list_consumer_group_offsets(group)
    return {partition: one.offset for partition, one in positions.items()} == ends
