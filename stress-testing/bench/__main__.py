"""What one event and one read cost on a real stack, beside the plain way of each, measured several
times in one run, and held against the saved run.

`make bench` (ARGS="--quick" takes about a third; --backlog 10000000, --rows 100000000 for more).
Wall-clock figures of a shared machine say little: compare the CPU times, and the ratios to the
reference and to the plain way, which are measured in the same run. It is written to
bench-latest.json and .png; --save makes it the run that later ones are held against.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import msgspec
from asked import KEPT, amount, whole_number
from bench import summary
from bench.connections import bench_connections
from bench.edge import bench_edge
from bench.etl import bench_etl
from bench.figures import Findings, Record
from bench.fresh_tokens import bench_tokens
from bench.freshness import bench_freshness
from bench.machine import machine, versions
from bench.measuring import say
from bench.memory import bench_memory
from bench.overload import bench_overload
from bench.picture import draw
from bench.reading import bench_reads
from bench.telling import tell, tell_comparison
from capacity import page
from keeping import keep

from embedded.ports import free_block
from embedded.settings import ROOT
from tests.stack import private_stack

PARTS = ("memory", "tokens", "edge", "freshness", "etl", "reads")
CROWDS = ("connections", "overload")
"""Printed, and only when asked for."""


class Size(NamedTuple):
    rounds: int
    posts: int
    drained: int
    backlog: int
    seconds: float
    rows: list[int]


RATE = 2000.0
WHOLE = Size(5, 20_000, 400_000, 1_000_000, 60, [1_000_000, 10_000_000])
QUICK = Size(4, 8000, 150_000, 300_000, 15, [1_000_000])


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller, and fewer rounds")
    parser.add_argument("--rounds", type=whole_number, help="how often each figure is measured")
    parser.add_argument("--posts", type=whole_number, help="single events of a round")
    parser.add_argument("--drained", type=whole_number, help="rows of a round of the ETL")
    parser.add_argument("--backlog", type=whole_number, help="rows of `memory`")
    parser.add_argument("--rate", type=amount, default=RATE, help="events a second, held")
    parser.add_argument("--seconds", type=amount, help="for so long")
    parser.add_argument("--rows", type=whole_number, nargs="+", help="stored when they are read")
    parser.add_argument("--connections", type=whole_number, default=10_000, help="open at once")
    parser.add_argument("--overload", type=amount, default=20.0, help="seconds of it")
    parser.add_argument("--only", choices=(*PARTS, *CROWDS), nargs="+", default=PARTS)
    parser.add_argument("--against", type=Path, help="a run that was kept; else the saved one")
    parser.add_argument("--name", default="bench-latest", help="of the files of this run")
    parser.add_argument("--save", action="store_true", help="as the run to be held against")
    chosen = parser.parse_args()
    for name, value in (QUICK if chosen.quick else WHOLE)._asdict().items():
        if getattr(chosen, name) is None:
            setattr(chosen, name, value)
    whole = all(getattr(chosen, name) == size for name, size in WHOLE._asdict().items())
    if chosen.save and not (whole and chosen.rate == RATE and set(PARTS) <= set(chosen.only)):
        parser.error("--save keeps a whole run: pages say of which sizes it is")
    if chosen.against is None:
        chosen.against = summary.SAVED if summary.SAVED.exists() else None
    elif not chosen.against.is_file():
        parser.error(f"--against: there is no file {chosen.against}")
    return chosen


async def main() -> None:
    chosen = parse()
    findings = Findings()
    used = await _on_a_stack(chosen, findings)
    if "reads" in chosen.only:
        await bench_reads(findings, chosen.rounds, chosen.rows)
    if "overload" in chosen.only:
        await bench_overload(chosen.overload)
    if not findings.figures:
        return
    sizes = (*Size._fields, "rate")
    record = Record(
        taken=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        machine=machine(),
        versions=used,
        chosen={name: getattr(chosen, name) for name in sizes},
        figures=findings.kept(),
        memory=findings.memory,
        freshness_ms=findings.freshness_ms,
        tables=findings.tables,
    )
    tell(record)
    if chosen.against:
        tell_comparison(record, msgspec.json.decode(chosen.against.read_bytes(), type=Record))
    file = summary.SAVED if chosen.save else KEPT / f"{chosen.name}.json"
    keep(msgspec.to_builtins(record), file)
    if chosen.save:
        summary.write(record)
    if file in page.KEPT:
        page.write()
    say(f"\nkept: {file.relative_to(ROOT)}, {draw(record, file.with_suffix('.png')).name}")


async def _on_a_stack(chosen: argparse.Namespace, findings: Findings) -> dict[str, str]:
    """All but the reads, whose tables hold nothing else."""
    with tempfile.TemporaryDirectory() as folder, free_block() as ports:
        async with private_stack(Path(folder), UGC_RATE_PER_USER="0") as stack:
            if chosen.save and not stack.nginx:
                raise SystemExit("--save keeps a whole run, with nginx: embedded/setup nginx")
            say("starting a stack for this run")
            await stack.start()
            used = await versions(stack.settings)
            rounds = chosen.rounds
            parts: dict[str, Callable[[], Awaitable[None]]] = {
                "memory": lambda: bench_memory(stack, findings, chosen.backlog),
                "tokens": lambda: bench_tokens(stack.settings, findings, rounds),
                "edge": lambda: bench_edge(stack, findings, rounds, chosen.posts, ports[1]),
                "freshness": lambda: bench_freshness(
                    stack, findings, rounds, chosen.rate, chosen.seconds, ports[2]
                ),
                "etl": lambda: bench_etl(
                    stack, findings, rounds, chosen.drained, (ports[0], ports[3])
                ),
                "connections": lambda: bench_connections(stack, chosen.connections),
            }
            for name, part in parts.items():
                if name in chosen.only:
                    await part()
            await stack.stop()
            return used


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        sys.exit(130)
