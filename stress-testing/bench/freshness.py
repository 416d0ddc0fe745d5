"""How fresh what is stored is at a held rate: from the 202 of an event until a SELECT shows it.

Single events come over connections that stay open, straight to the API. Of a twentieth of them,
the tracers', it is known when each was answered; beside it a query counts what is stored of each
tracer, twenty times a second. One viewer's events lie in one partition, so the k-th that was
answered is there once k are counted; the moment is when that query's answer came.
"""

import asyncio
import sys
import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import orjson
from bench.consumers import ITS, OURS, Consumers, caught_up
from bench.figures import Findings
from bench.measuring import say, spending
from bench.plain_ways import plain

from embedded import token
from embedded.settings import Settings
from embedded.stack import Stack

PROGRAM = Path(__file__).with_name("steady.py")
CONNECTIONS, TOKENS, TRACERS = 128, 240, 12
LOOKS_EVERY_S = 0.05
SETTLES_S = 3.0
PATIENCE_S = 30.0
PLAIN_SHARE = 3

Sightings = list[tuple[float, list[int]]]
"""When a query's answer came, and the events of each tracer in it."""


async def bench_freshness(
    stack: Stack, findings: Findings, rounds: int, rate: float, seconds: float, plain_port: int
) -> None:
    settings = stack.settings
    its = plain("consumer", settings, plain_port, "views", ready="/metrics")
    ours = Consumers([(stack.etl[0], settings.etl_metrics_port(0))], OURS)
    plainly = Consumers([(its, plain_port)], ITS)
    await caught_up(settings)
    say(f"freshness: {rate:,.0f} single events a second for {seconds:.0f} s")
    await _hold(stack, findings, "freshness", ours, rounds, rate, seconds, "plain freshness")
    await ours.stop()
    await plainly.start()
    less = max(seconds / PLAIN_SHARE, SETTLES_S + rounds)
    say(f"freshness: the plain consumer behind the same API for {less:.0f} s")
    await _hold(stack, findings, "plain freshness", plainly, rounds, rate, less)
    await plainly.stop()
    await ours.start()


async def _hold(
    stack: Stack,
    findings: Findings,
    part: str,
    consumers: Consumers,
    rounds: int,
    rate: float,
    seconds: float,
    beside: str = "",
) -> None:
    tracers = [uuid.uuid4() for _ in range(TRACERS)]
    findings.look_at_the_machine()
    involved = {
        "api": stack.api[0], "kafka": stack.kafka[0],
        "etl": consumers.members[0][0], "engine": stack.clickhouse[0],
    }  # fmt: skip
    events = round(rate * seconds)
    with spending(involved, events) as spent:
        told, sightings = await play_and_look(stack.settings, tracers, rate, seconds)
    if told["statuses"] != {"202": events} or told["late"]:
        say(f"  not all was taken: {told['statuses']}, {told['late']} never sent")
    findings.note_spent(part, spent, beside)
    took = told["took_ms"]
    for share in (0.5, 0.99):
        findings.note(f"{part}/p{share * 100:.0f} of the 202", "ms", at(took, share), waits=True)
    seen = waits_ms(told["shown"], sightings)
    began = seen[0][0] + SETTLES_S
    length = (seen[-1][0] - began) / rounds
    for n in range(rounds):
        ordered = sorted(ms for when, ms in seen if n * length <= when - began < (n + 1) * length)
        for share in (0.5, 0.95, 0.99):
            name = f"p{share * 100:.0f}"
            findings.note(
                f"{part}/{name}", "ms", at(ordered, share), beside and f"{beside}/{name}", True
            )
    settled = sorted(ms for when, ms in seen if when >= began)
    findings.freshness_ms[part] = [round(at(settled, n / 100), 1) for n in range(101)]


async def play_and_look(
    settings: Settings, tracers: Sequence[uuid.UUID], rate: float, seconds: float
) -> tuple[dict[str, Any], Sightings]:
    tokens = [token.mint(settings, tracer) for tracer in tracers]
    tokens += [token.mint(settings) for _ in range(TOKENS - TRACERS)]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *(str(PROGRAM), *map(str, (settings.http_port, rate, seconds, CONNECTIONS, TRACERS))),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    playing = asyncio.create_task(process.communicate("\n".join(tokens).encode()))
    listed = ",".join(f"'{tracer}'" for tracer in tracers)
    sql = (
        "SELECT toString(user_id), count() FROM movies.views FINAL "  # noqa: S608
        f"WHERE user_id IN ({listed}) GROUP BY user_id FORMAT JSONCompactEachRow"
    )
    sightings, told, ends = Sightings(), None, 0.0
    async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE_S) as http:
        while told is None or not _all_seen(told, sightings):
            answer = await http.post(settings.clickhouse_url, content=sql)
            answer.raise_for_status()
            counts = dict(orjson.loads(line) for line in answer.text.splitlines())
            sightings.append(
                (time.monotonic(), [int(counts.get(str(tracer), 0)) for tracer in tracers])
            )
            if told is None and playing.done():
                told, ends = orjson.loads(playing.result()[0]), time.monotonic() + PATIENCE_S
            if told is not None and time.monotonic() > ends:
                raise RuntimeError(f"not stored within {PATIENCE_S:.0f} s of the last event")
            await asyncio.sleep(LOOKS_EVERY_S)
    return told, sightings


def _all_seen(told: dict[str, Any], sightings: Sightings) -> bool:
    return all(
        count >= len(shown) for count, shown in zip(sightings[-1][1], told["shown"], strict=True)
    )


def waits_ms(shown: Sequence[Sequence[float]], sightings: Sightings) -> list[tuple[float, float]]:
    """Of each answered event of each tracer: when it was answered, and milliseconds from there
    until as many were seen."""
    waits = []
    for tracer, answered in enumerate(shown):
        looks = iter(sightings)
        when, counts = next(looks)
        for k, moment in enumerate(sorted(answered), start=1):
            while counts[tracer] < k:
                when, counts = next(looks)
            waits.append((moment, max(when - moment, 0.0) * 1000))
    return sorted(waits)


def at(ordered: Sequence[float], share: float) -> float:
    """The value below which that share lies."""
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]
