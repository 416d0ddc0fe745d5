"""What one event costs on its way: CPU time per event of every process, measured on a real stack.

`make bench` (ARGS="--posts 20000 --backlog 1000000 3000000" for more; `--only edge` for a part).
Wall-clock figures of a shared machine say little: compare the CPU times, and the ratios to the
reference and to the plain way, which are measured in the same run.
"""

import argparse
import asyncio
import tempfile
from pathlib import Path

from crowds import bench_connections, bench_overload
from edge_costs import bench_edge
from measuring import reference_us, say
from worker_costs import bench_etl, bench_two_workers

from embedded.ports import free_block
from tests.stack import private_stack

PARTS = ("edge", "connections", "worker", "overload")


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=20_000)
    parser.add_argument("--backlog", type=int, nargs="*", default=[500_000])
    parser.add_argument("--connections", type=int, default=10_000, help="open at once")
    parser.add_argument("--overload", type=float, default=20.0, help="seconds of it")
    parser.add_argument("--only", choices=PARTS, nargs="+", default=PARTS)
    arguments = parser.parse_args()
    unit_us = reference_us()
    say(f"reference: SHA-256 of 64 KiB takes {unit_us:.1f} us of CPU here")
    with tempfile.TemporaryDirectory() as folder, free_block() as ports:
        async with private_stack(Path(folder), UGC_RATE_PER_USER="0") as stack:
            await stack.start()
            if "edge" in arguments.only:
                await bench_edge(stack, arguments.posts, ports[0], unit_us)
            if "connections" in arguments.only:
                await bench_connections(stack, arguments.connections)
            if "worker" in arguments.only:
                for backlog in arguments.backlog:
                    one = await bench_etl(stack, backlog, unit_us)
                    two = await bench_two_workers(stack, backlog)
                    say(
                        f"\nworkers' CPU per row, their start included: one {one:.2f} us, "
                        f"two together {two:.2f} us, {two / one:.2f} times one"
                    )
            await stack.stop()
    if "overload" in arguments.only:
        await bench_overload(arguments.overload)


if __name__ == "__main__":
    asyncio.run(main())
