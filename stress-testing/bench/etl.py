"""What a row costs the worker and the plain consumer, each with a topic of its own, turn by turn;
then what a second worker adds.

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
SETTLES_S = 3.0
"""A second worker joins; that takes longer than to be ready."""


async def bench_etl(
    stack: Stack, findings: Findings, rounds: int, rows: int, plain_port: int
) -> None:
    settings = stack.settings
    one = Consumers([(stack.etl[0], settings.etl_metrics_port(0))], OURS)
    second = children.etl(settings, 1)
    two = Consumers([*one.members, (second, settings.etl_metrics_port(1))], OURS)
    its = plain("consumer", settings, plain_port, "plain-views", ready="/metrics")
    plainly = Consumers([(its, plain_port)], ITS, "plain-views")
    await one.start()
    await plainly.start()
    await caught_up(settings)
    await _drain(stack, Findings(), "warm-up", one, rows)
    await _drain(stack, Findings(), "warm-up", plainly, rows // PLAIN_SHARE)
    for n in range(1, rounds + 1):
        say(f"ETL, round {n} of {rounds}: {rows:,} rows by the worker, then the plain consumer")
        findings.look_at_the_machine()
        await _drain(stack, findings, "etl", one, rows, "plain etl")
        await _drain(stack, findings, "plain etl", plainly, rows // PLAIN_SHARE)
    await plainly.stop()
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
