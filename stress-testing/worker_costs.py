"""What a row costs the worker, and what a second worker adds."""

import asyncio

import httpx
from backlog import fill
from measuring import measured, say
from processes import MIB, Cost, cost

from embedded import children
from embedded.stack import Stack, start_and_wait

SETTLED_ROWS = 200_000


async def bench_etl(stack: Stack, backlog: int, unit_us: float) -> float:
    """Microseconds of the worker's CPU per row, its start included."""
    (worker,) = stack.etl
    await _with_backlog(stack, backlog)
    await start_and_wait(worker)
    settled: Cost | None = None
    peak = 0
    involved = [worker, *stack.kafka, *stack.clickhouse]
    async with measured("Kafka to ClickHouse, a backlog", involved, backlog, unit_us):
        while (rows := await inserted(stack, 1)) < backlog:
            now = cost(worker.pid)
            if settled is None and rows >= SETTLED_ROWS:
                settled = now
            peak = max(peak, now.resident if settled else 0)
            say(f"  {rows:>9} rows stored, worker {now.resident / MIB:.0f} MiB")
            await asyncio.sleep(1)
    if settled is not None:
        say(
            f"worker's memory: {settled.resident / MIB:.0f} MiB after {SETTLED_ROWS} rows, "
            f"at most {peak / MIB:.0f} MiB from there on"
        )
    return cost(worker.pid).cpu_s / backlog * 1e6


async def bench_two_workers(stack: Stack, backlog: int) -> float:
    """Microseconds of both workers' CPU per row, their start and rebalances included."""
    await _with_backlog(stack, backlog)
    group = [*stack.etl, children.etl(stack.settings, 1)]
    await asyncio.gather(*map(start_and_wait, group))
    while (rows := await inserted(stack, len(group))) < backlog:
        say(f"  {rows:>9} rows stored by two workers")
        await asyncio.sleep(1)
    spent = sum(cost(worker.pid).cpu_s for worker in group)
    await group[-1].stop()
    return spent / backlog * 1e6


async def inserted(stack: Stack, workers: int) -> int:
    """Rows that so many workers have stored since they started."""
    return sum([await _inserted_by(stack, n) for n in range(workers)])


async def _inserted_by(stack: Stack, n: int) -> int:
    url = f"http://127.0.0.1:{stack.settings.etl_metrics_port(n)}/metrics"
    async with httpx.AsyncClient() as http:
        text = (await http.get(url)).text
    name = "ugc_etl_inserted_rows_total "
    return int(float(next(line for line in text.splitlines() if line.startswith(name)).split()[1]))


async def _with_backlog(stack: Stack, events: int) -> None:
    """No worker runs, and so many events wait for it."""
    for worker in stack.etl:
        await worker.stop()
    say(f"\nfilling the topic with {events} events")
    await fill(stack.settings.kafka_bootstrap, "views", events)
