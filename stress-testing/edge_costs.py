"""What an event costs at the edge: singles and batches, and beside them the plain way."""

import sys
from functools import partial
from pathlib import Path
from typing import Any

from loading import load
from measuring import measured, say

from embedded import probes, token
from embedded.child import Child, Recipe
from embedded.credentials import Credentials
from embedded.settings import Settings
from embedded.stack import Stack, start_and_wait

CONNECTIONS = (64, 256)
WARM_UP = 3000
BATCH = 1000
"""Events in one."""

_HERE = Path(__file__).parent


async def bench_edge(stack: Stack, posts: int, plain_port: int, unit_us: float) -> None:
    """The worker rests meanwhile: it would have nothing to do for the plain way."""
    for worker in stack.etl:
        await worker.stop()
    plain = plain_way(stack.settings, plain_port)
    await start_and_wait(plain)
    try:
        for port in (stack.settings.http_port, plain_port):
            await load(stack.settings, port, WARM_UP, CONNECTIONS[0])
        for connections in CONNECTIONS:
            await _compare(stack, plain, plain_port, posts, connections, unit_us)
    finally:
        await plain.stop()
    await _batches(stack, max(posts // 200, 20), unit_us)
    for worker in stack.etl:
        await start_and_wait(worker)


async def _compare(
    stack: Stack, plain: Child, plain_port: int, posts: int, connections: int, unit_us: float
) -> None:
    (api,) = stack.api
    title = f"HTTP to Kafka, single events, {connections} connections"
    async with measured(title, [api, *stack.kafka], posts, unit_us) as ours:
        answers = await load(stack.settings, stack.settings.http_port, posts, connections)
    say(_rate(answers))
    fewer = max(posts // 4, 1000)
    title = f"the plain way, {connections} connections"
    async with measured(title, [plain], fewer, unit_us) as its:
        answers = await load(stack.settings, plain_port, fewer, connections)
    say(_rate(answers))
    say(f"ours to the plain way: {ours.us[api.name] / its.us[plain.name]:.3f}")


async def _batches(stack: Stack, requests: int, unit_us: float) -> None:
    (api,) = stack.api
    port = stack.settings.http_port
    await load(stack.settings, port, 5, 1, each=BATCH)
    events = requests * BATCH
    async with measured(f"NDJSON batches of {BATCH}", [api, *stack.kafka], events, unit_us):
        answers = await load(stack.settings, port, requests, 4, each=BATCH)
    say(_rate(answers))


def _rate(answers: dict[str, Any]) -> str:
    return (
        f"{answers['per_second']:,.0f} requests a second here, "
        f"p50 {answers['p50_ms']:.1f} ms, p99 {answers['p99_ms']:.1f} ms"
    )


def plain_way(settings: Settings, port: int) -> Child:
    return Child(
        Recipe(
            name="plain way",
            command=(sys.executable, str(_HERE / "plain_way.py"), str(port)),
            environment={
                **settings.environ,
                "KAFKA_BOOTSTRAP_SERVERS": settings.kafka_bootstrap,
                token.SECRET: Credentials.load_or_make(settings.data_dir).jwt_secret,
            },
            probe=partial(probes.http, port, "/healthz"),
        )
    )
