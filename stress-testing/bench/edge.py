"""What an event costs at the edge, alone and in a batch: CPU time, rate, bytes on the wire and in
Kafka's log; and beside it, in each round, the plain way."""

from dataclasses import dataclass
from typing import Any

from bench.figures import Findings
from bench.loading import load
from bench.measuring import say, spending
from bench.plain_ways import plain

from embedded.child import Child
from embedded.kafka import storage
from embedded.settings import Settings
from embedded.stack import Stack, start_and_wait

CONNECTIONS, UPLOADS = 64, 4
"""Of single events and few, of batches."""
WARM_UP = 20_000
BATCH, FEW = 1000, 6
"""Events in one; few are those of a player who brings a minute's reports at once."""
PLAIN_SHARE = 4
"""The plain way gets so much less to do: it takes as many times longer."""


@dataclass(frozen=True)
class Load:
    """`events` in requests of `each`; 0 = single events. `array`: as JSON, not as NDJSON."""

    events: int
    each: int = 0
    array: bool = False

    async def play(self, settings: Settings, port: int) -> dict[str, Any]:
        if not self.each:
            return await load(settings, port, self.events, CONNECTIONS)
        requests = self.events // self.each
        connections = UPLOADS if self.each == BATCH else CONNECTIONS
        array = int(self.array)
        return await load(settings, port, requests, connections, each=self.each, array=array)


async def bench_edge(
    stack: Stack, findings: Findings, rounds: int, posts: int, plain_port: int
) -> None:
    """The worker rests meanwhile: it would have nothing to do for the plain way."""
    for worker in stack.etl:
        await worker.stop()
    (api,), settings = stack.api, stack.settings
    kafka = {"kafka": stack.kafka[0]}
    ours, its = {"api": api, **kafka}, {"api": plain("api", settings, plain_port), **kafka}
    await start_and_wait(its["api"])
    fewer, many = posts // PLAIN_SHARE, posts * 10 // BATCH * BATCH
    try:
        await _warm_up(settings, plain_port, fewer)
        for n in range(1, rounds + 1):
            say(f"edge, round {n} of {rounds}: single events, six, batches, the plain way")
            findings.look_at_the_machine()
            await _measure(stack, findings, "single", ours, Load(posts), "plain single")
            await _measure(stack, findings, "batch", ours, Load(many, BATCH), "plain batch")
            few = Load(posts // FEW * FEW, FEW)
            await _measure(stack, findings, "six at once", ours, few, "plain six at once")
            for part, what in (
                ("plain single", Load(fewer)),
                ("plain six at once", Load(fewer // FEW * FEW, FEW, array=True)),
                ("plain batch", Load(max(many // 10 // BATCH, UPLOADS) * BATCH, BATCH, array=True)),
            ):
                await _measure(stack, findings, part, its, what, port=plain_port)
            if stack.nginx:
                through = {"nginx": stack.nginx[0], **ours}
                part, port = "single through nginx", settings.nginx_port
                half = Load(posts // 2)
                await _measure(stack, findings, part, through, half, "plain single", port)
    finally:
        await its["api"].stop()
    for worker in stack.etl:
        await start_and_wait(worker)


async def _warm_up(settings: Settings, plain_port: int, fewer: int) -> None:
    say(f"edge: warming up with {WARM_UP} events")
    await load(settings, settings.http_port, WARM_UP, CONNECTIONS)
    await load(settings, plain_port, fewer, CONNECTIONS)
    await Load(10 * BATCH, BATCH).play(settings, settings.http_port)


async def _measure(
    stack: Stack,
    findings: Findings,
    part: str,
    involved: dict[str, Child],
    what: Load,
    beside: str = "",
    port: int = 0,
) -> None:
    """`beside` is the part of the plain way."""
    settings = stack.settings
    log = _log_bytes(settings)
    with spending(involved) as spent:
        answers = await what.play(settings, port or settings.http_port)
    findings.note_spent(part, spent, what.events, beside)
    rate = answers["per_second"] * max(what.each, 1)
    findings.note(f"{part}/rate", "a second", rate, beside and f"{beside}/rate")
    findings.note(f"{part}/log", "bytes", (_log_bytes(settings) - log) / what.events)
    for way in ("sent", "received"):
        findings.note(f"{part}/{way}", "bytes", answers[f"{way}_bytes"] / what.events)


def _log_bytes(settings: Settings) -> int:
    """Of all topics of the first broker."""
    return sum(file.stat().st_size for file in storage.folder(settings, 0).glob("*/*.log"))
