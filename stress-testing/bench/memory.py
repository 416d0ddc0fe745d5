"""What the worker's memory does while it stores a long backlog that it finds at its start; and what
the engine spends until the last merge of it is done. Once: three backlogs would have a spread, and
take three times as long."""

import asyncio
from pathlib import Path

import httpx
from bench.backlog import fill
from bench.consumers import OURS, Consumers
from bench.figures import Curve, Findings
from bench.growth import is_long, rise
from bench.measuring import cpu_s, say
from bench.tables import merged
from processes import MIB, cost

from embedded.stack import Stack
from tests.waiting import until

EVERY_S, SAYS_EVERY_S, WITHIN_S = 0.1, 2.0, 3600.0
MOST_POINTS = 200


async def bench_memory(stack: Stack, findings: Findings, rows: int) -> None:
    (worker,), loop = stack.etl, asyncio.get_running_loop()
    consumers = Consumers([(worker, stack.settings.etl_metrics_port(0))], OURS)
    await consumers.stop()
    say(f"memory: filling the topic with {rows:,} events")
    await fill(stack.settings.kafka_bootstrap, "views", rows)
    spent_before = cpu_s(stack.clickhouse[0])
    await consumers.start()
    curve, said = Curve(), 0.0
    async with httpx.AsyncClient(trust_env=False) as http:

        async def stored() -> bool:
            nonlocal said
            so_far = await consumers.rows(http)
            curve.append((float(so_far), round(cost(worker.pid).resident / MIB, 1)))
            if loop.time() - said > SAYS_EVERY_S:
                said = loop.time()
                say(f"memory: {so_far:>12,} of {rows:,} rows stored, {curve[-1][1]:.0f} MiB")
            return so_far >= rows

        await until(stored, within=WITHIN_S, every=EVERY_S)
    highest = peak(worker.pid)
    say("memory: waiting for merges")
    await merged(stack.settings)
    findings.look_at_the_machine()
    us = (cpu_s(stack.clickhouse[0]) - spent_before) / rows * 1e6
    findings.note("memory/engine with merges", "us", us)
    findings.memory = [*curve[: -1 : max(len(curve) // MOST_POINTS, 1)], curve[-1]]
    findings.note("memory/start", "MiB", curve[0][1])
    findings.note("memory/peak", "MiB", highest / MIB)
    if is_long(curve):
        findings.note("memory/rise per million rows", "MiB", rise(curve))


def peak(pid: int | None) -> int:
    """The most bytes that a living process has held at once, as the kernel saw it."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024
