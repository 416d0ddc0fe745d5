"""What one event costs on its way: CPU time per event of every process, measured on a real stack.

`make bench` (ARGS="--posts 20000 --backlog 1000000 3000000" for more). Wall-clock figures of a
shared machine say little: compare the CPU times, and the ratios to the reference, which is
measured in the same run.
"""

import argparse
import asyncio
import hashlib
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from backlog import fill
from processes import MIB, Cost, cost

from embedded import children, token
from embedded.child import Child
from embedded.stack import Stack, start_and_wait
from tests.stack import private_stack

CONNECTIONS = 32
WARM_UP = 2000
SETTLED_ROWS = 200_000
LOAD = Path(__file__).with_name("load.py")


def say(text: str = "") -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def reference_us() -> float:
    """Microseconds of CPU for SHA-256 of 64 KiB here and now."""
    block, rounds = bytes(65536), 2000
    started = time.process_time()
    for _ in range(rounds):
        hashlib.sha256(block).digest()
    return (time.process_time() - started) / rounds * 1e6


@asynccontextmanager
async def measured(
    title: str, involved: list[Child], events: int, unit_us: float
) -> AsyncIterator[None]:
    """Print what each child spent per event while the context lasted."""
    before = [cost(child.pid) for child in involved]
    started = time.perf_counter()
    yield
    took = time.perf_counter() - started
    say(f"\n{title}: {events} events in {took:.1f} s ({events / took:,.0f} a second here)")
    say(f"{'':12}{'CPU us/event':>14}{'ratio to reference':>20}{'MiB':>8}")
    for child, earlier in zip(involved, before, strict=True):
        now = cost(child.pid)
        per_event = (now.cpu_s - earlier.cpu_s) / events * 1e6
        say(
            f"{child.name:12}{per_event:>14.2f}{per_event / unit_us:>20.3f}"
            f"{now.resident / MIB:>8.0f}"
        )


async def post(stack: Stack, events: int) -> None:
    tokens = "\n".join(token.mint(stack.settings) for _ in range(CONNECTIONS))
    load = await asyncio.create_subprocess_exec(
        sys.executable,
        str(LOAD),
        "127.0.0.1",
        str(stack.settings.http_port),
        str(events),
        str(CONNECTIONS),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    counts, _ = await load.communicate(tokens.encode())
    if load.returncode:
        raise RuntimeError(f"not every event was accepted: {counts.decode().strip()}")


async def inserted(stack: Stack, workers: int) -> int:
    """Rows that so many workers have stored since they started."""
    return sum([await _inserted_by(stack, n) for n in range(workers)])


async def _inserted_by(stack: Stack, n: int) -> int:
    url = f"http://127.0.0.1:{stack.settings.etl_metrics_port(n)}/metrics"
    async with httpx.AsyncClient() as http:
        text = (await http.get(url)).text
    name = "ugc_etl_inserted_rows_total "
    return int(float(next(line for line in text.splitlines() if line.startswith(name)).split()[1]))


async def bench_api(stack: Stack, posts: int, unit_us: float) -> None:
    await post(stack, WARM_UP)
    involved = [*stack.api, *stack.kafka, *stack.etl, *stack.clickhouse]
    async with measured("HTTP to Kafka, single events", involved, posts, unit_us):
        await post(stack, posts)


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


async def _with_backlog(stack: Stack, events: int) -> None:
    """No worker runs, and so many events wait for it."""
    for worker in stack.etl:
        await worker.stop()
    say(f"\nfilling the topic with {events} events")
    await fill(stack.settings.kafka_bootstrap, "views", events)


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=20_000)
    parser.add_argument("--backlog", type=int, nargs="*", default=[500_000])
    arguments = parser.parse_args()
    unit_us = reference_us()
    say(f"reference: SHA-256 of 64 KiB takes {unit_us:.1f} us of CPU here")
    with tempfile.TemporaryDirectory() as folder:
        async with private_stack(Path(folder), UGC_RATE_PER_USER="0") as stack:
            await stack.start()
            await bench_api(stack, arguments.posts, unit_us)
            for backlog in arguments.backlog:
                one = await bench_etl(stack, backlog, unit_us)
                two = await bench_two_workers(stack, backlog)
                say(
                    f"\nworkers' CPU per row, their start included: one {one:.2f} us, "
                    f"two together {two:.2f} us, {two / one:.2f} times one"
                )
            await stack.stop()


if __name__ == "__main__":
    asyncio.run(main())
