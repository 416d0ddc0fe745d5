"""How long reads take over HTTP with so many events stored, one after the other; and the plain way
of the same, turn by turn."""

import asyncio
import http.client
import tempfile
import time
from collections.abc import Sequence
from itertools import cycle, islice
from pathlib import Path

from bench.figures import Findings
from bench.measuring import say, spending
from bench.plain_ways import plain
from bench.tables import Tables

from embedded import token
from embedded.child import Child
from embedded.ports import free_block
from embedded.settings import HOST
from embedded.stack import Stack, start_and_wait
from tests.stack import private_stack

KINDS = ("position", "list", "top")
READS = 200
"""Of each kind and way in a round, however long they take."""
PAIRS = 5000


async def bench_reads(findings: Findings, rounds: int, sizes: Sequence[int]) -> None:
    """On a stack of its own, so that nothing else is in its tables."""
    with tempfile.TemporaryDirectory() as folder, free_block() as ports:
        async with private_stack(Path(folder), UGC_RATE_PER_USER="0") as stack:
            await stack.start()
            its = plain("reader", stack.settings, ports[0])
            await start_and_wait(its)
            tables = Tables(stack.settings)
            for rows in sorted(sizes):
                made = await tables.grow(rows)
                findings.tables.append(made)
                say(f"reads: {', '.join(f'{count:,} {name}' for name, count in made.items())}")
                pairs = await tables.watched(PAIRS)
                for n in range(1, rounds + 1):
                    say(f"reads of {rows:,} rows, round {n} of {rounds}")
                    findings.look_at_the_machine()
                    turns = islice(cycle(pairs), n * READS, n * READS + READS)
                    of = f"{rows / 1e6:g}M rows"
                    await _round(stack, findings, of, list(turns), its, ports[0])
            await its.stop()
            await stack.stop()


async def _round(
    stack: Stack,
    findings: Findings,
    of: str,
    pairs: Sequence[tuple[str, str]],
    its: Child,
    plain_port: int,
) -> None:
    settings, (engine,) = stack.settings, stack.clickhouse
    bearers = [token.mint(settings, roles=[role]) for role in ("service", "analyst")]
    for kind in KINDS:
        addresses = [_address(kind, *pair) for pair in pairs]
        for way, api, port in (
            ("", stack.api[0], settings.http_port),
            ("plain ", its, plain_port),
        ):
            part, beside = f"{way}{kind}, {of}", "" if way else f"plain {kind}, {of}"
            with spending({"api": api, "engine": engine}) as spent:
                bearer = bearers[kind == "top"]
                took, refused = await asyncio.to_thread(_read, port, bearer, addresses)
            findings.note(f"{part}/refused", "%", refused / len(took) * 100)
            findings.note_took(part, took, beside)
            findings.note_spent(part, spent, len(took), beside)


def _address(kind: str, viewer: str, film: str) -> str:
    return {
        "position": f"/api/v1/progresses/films/{film}?user_id={viewer}",
        "list": f"/api/v1/progresses?user_id={viewer}",
        "top": "/api/v1/films/top?days=7",
    }[kind]


def _read(port: int, bearer: str, addresses: Sequence[str]) -> tuple[list[float], int]:
    """Milliseconds of each, over one connection, also of those that were not answered with 200, and
    how many these are: at many rows a read may take longer than is let."""
    connection = http.client.HTTPConnection(HOST, port, timeout=30)
    took, refused = list[float](), 0
    for address in addresses:
        started = time.perf_counter()
        connection.request("GET", address, headers={"Authorization": f"Bearer {bearer}"})
        answer = connection.getresponse()
        answer.read()
        took.append((time.perf_counter() - started) * 1000)
        refused += answer.status != http.client.OK
    connection.close()
    return took, refused
