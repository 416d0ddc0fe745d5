"""What a row costs the worker, the plain consumer and the lean one, each with a topic of its own,
turn by turn; then what a second worker adds.

They run already, and stand still while their topic is filled: what is measured is the way of a
backlog into ClickHouse, without a start. What the engine spends counts until the last merge is
done, so that none of it falls to the other.
"""

import asyncio
import time

import httpx
from bench.consumers import ITS, OURS, Consumers, caught_up
from bench.figures import Findings
from bench.measuring import say, spending
from bench.plain_ways import plain
from bench.tables import merged

from embedded import children
from embedded.stack import Stack
from tests.waiting import until

EVERY_S, WITHIN_S = 0.1, 300.0
"""A look at its counter costs a worker 0.8 ms of CPU: these are 2 % of what it spends."""
PLAIN_SHARE = 2
"""The plain consumer gets so much less to do."""
TOPICS = ("plain-views", "lean-views")
SETTLES_S = 3.0
"""A second worker joins; that takes longer than to be ready."""


async def bench_etl(
    stack: Stack, findings: Findings, rounds: int, rows: int, ports: tuple[int, int]
) -> None:
    settings = stack.settings
    one = Consumers([(stack.etl[0], settings.etl_metrics_port(0))], OURS)
    second = children.etl(settings, 1)
    two = Consumers([*one.members, (second, settings.etl_metrics_port(1))], OURS)
    plainly, leanly = (
        Consumers([(plain(name, settings, port, topic, ready="/metrics"), port)], ITS, topic)
        for name, port, topic in zip(("consumer", "lean"), ports, TOPICS, strict=True)
    )
    others = ((plainly, "plain etl", rows // PLAIN_SHARE), (leanly, "lean etl", rows))
    await one.start()
    for consumers, _, _ in others:
        await consumers.start()
    await caught_up(settings)
    await _drain(stack, Findings(), "warm-up", one, rows)
    for consumers, _, some in others:
        await _drain(stack, Findings(), "warm-up", consumers, some)
    for n in range(1, rounds + 1):
        say(f"ETL, round {n} of {rounds}: {rows:,} rows by the worker, then by the plain ones")
        findings.look_at_the_machine()
        await _drain(stack, findings, "etl", one, rows, "plain etl")
        for consumers, part, some in others:
            await _drain(stack, findings, part, consumers, some)
        ours, lean = (findings.figures[f"{part}/etl"].runs[-1] for part in ("etl", "lean etl"))
        findings.note("etl/to the lean one", "times", ours / lean)
    for consumers, _, _ in others:
        await consumers.stop()
    await two.start()
    await asyncio.sleep(SETTLES_S)
    for n in range(1, rounds + 1):
        say(f"ETL, round {n} of {rounds}: {rows:,} rows by two workers")
        findings.look_at_the_machine()
        await _drain(stack, findings, "etl of two workers", two, rows, "plain etl")
    # Last: its place in the group is kept for it, and its partitions wait as long.
    await second.stop()


async def _drain(
    stack: Stack,
    findings: Findings,
    part: str,
    consumers: Consumers,
    rows: int,
    beside: str = "",
) -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        before = await consumers.rows(http)

        async def stored() -> bool:
            return await consumers.rows(http) - before >= rows

        workers = {f"etl {n}": child for n, (child, _) in enumerate(consumers.members)}
        await merged(stack.settings)
        await consumers.stand_still_while_filling(stack.settings.kafka_bootstrap, rows)
        started = time.perf_counter()
        with spending({"engine": stack.clickhouse[0]}) as by_engine:
            with spending({"kafka": stack.kafka[0], **workers}) as spent:
                await until(stored, within=WITHIN_S, every=EVERY_S)
            took = time.perf_counter() - started
            await merged(stack.settings)
    by_process = {
        "etl": sum(spent[name] for name in workers), "kafka": spent["kafka"], **by_engine
    }  # fmt: skip
    findings.note_spent(part, by_process, rows, beside)
    findings.note(f"{part}/rate", "a second", rows / took, beside and f"{beside}/rate")
