"""Connections reset, half-open and slow: before the API, and on both sides of Kafka.

What fell silent stays silent: whoever holds such a connection must give it up by itself.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from embedded.stack import Stack
from tests.chaos.group import Group, group
from tests.chaos.proxy.messages import Framing, Http, Kafka, Plain
from tests.chaos.proxy.proxy import Proxy
from tests.chaos.shares import metric
from tests.chaos.trial import Report, Trial, trial
from tests.chaos.wiring import behind
from tests.waiting import until

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(600)]

IMPATIENT = {
    "CH_INSERT_TIMEOUT_MS": "2000",
    "KAFKA_SESSION_TIMEOUT_MS": "6000",
    "KAFKA_PRODUCER_TIMEOUT_MS": "1000",
}
WITHIN_S = 60.0  # to be whole again; aiokafka gives a silent broker 40 s
RESETS = 80
LAG = 500  # events that no worker at work leaves in the topic


@dataclass(frozen=True)
class Place:
    """Where it is cut; `felt` is a number that grows only when somebody notices."""

    name: str
    framing: Callable[[], Framing]
    arrange: Callable[[Stack, Proxy], Stack]
    bytes_per_s: float
    felt: Callable[[Trial, Group], Awaitable[float]]


def before_the_api(stack: Stack, proxy: Proxy) -> Stack:
    proxy.upstream = stack.settings.http_port
    return stack


async def no_answers(t: Trial, views: Group) -> float:
    return t.ledger.answers.get(0, 0)


async def not_acknowledged(t: Trial, views: Group) -> float:
    return t.ledger.answers.get(503, 0)


async def inserts_repeated(t: Trial, views: Group) -> float:
    return await metric(t.settings, 0, "ugc_etl_retries_total", stage="insert")


async def left_behind(t: Trial, views: Group) -> float:
    return max(LAG, await views.lag())


PLACES = (
    Place("clients and api", Plain, before_the_api, 2_000, no_answers),
    Place(
        "api and kafka",
        Kafka,
        lambda stack, proxy: behind(stack, kafka=proxy, user="api"),
        20_000,
        not_acknowledged,
    ),
    Place(
        "worker and kafka",
        Kafka,
        lambda stack, proxy: behind(stack, kafka=proxy),
        20_000,
        left_behind,
    ),
    Place(
        "worker and clickhouse",
        Http,
        lambda stack, proxy: behind(stack, clickhouse=proxy),
        50_000,
        inserts_repeated,
    ),
)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
async def test_cut_connections_lose_nothing(
    place: Place, tmp_path: Path, report: Report, seed: int, rounds: Callable[[int], int]
) -> None:
    async with (
        Proxy(place.framing) as proxy,
        trial(
            f"cut between {place.name}",
            seed,
            tmp_path,
            report,
            arrange=lambda stack: place.arrange(stack, proxy),
            url=f"http://127.0.0.1:{proxy.port}" if place is PLACES[0] else "",
            **IMPATIENT,  # type: ignore[arg-type]  # settings, no options
        ) as t,
        group(t.settings) as views,
    ):
        await flows_to_the_end(t, views)
        for _ in t.rounds(rounds(5)):
            await reset(t, proxy, views, place)
        await slow(t, proxy, views, place)
        await half_open(t, proxy, views, place)


async def reset(t: Trial, proxy: Proxy, views: Group, place: Place) -> None:
    """Again and again, so that some write meets a connection that was reset a moment ago."""
    accepted, ended = proxy.accepted, 0
    for _ in range(RESETS):
        await asyncio.sleep(t.rng.uniform(0.0, 0.03))
        ended += proxy.reset()
    assert ended, "there was no connection"
    took = await flows_to_the_end(t, views)
    assert proxy.accepted > accepted
    t.fault("cut", place.name, "reset", f"{ended} connections, whole again after {took:.1f} s")


async def slow(t: Trial, proxy: Proxy, views: Group, place: Place) -> None:
    proxy.slowest_s = 0.0
    proxy.slow(place.bytes_per_s)
    try:
        await t.flows(100)
        await until(lambda: proxy.slowest_s > 0.2, within=30)
    finally:
        proxy.heal()
    took = await flows_to_the_end(t, views)
    proof = f"{proxy.slowest_s:.1f} s for a message, whole again after {took:.1f} s"
    t.fault("cut", place.name, "slow", proof)


async def half_open(t: Trial, proxy: Proxy, views: Group, place: Place) -> None:
    before = await place.felt(t, views)
    silent = proxy.half_open()
    assert silent, "there was no connection"

    async def felt() -> bool:
        return await place.felt(t, views) > before

    try:
        noticed = await until(felt, within=30, every=0.1)
    finally:
        proxy.heal()
    took = await flows_to_the_end(t, views)
    proof = f"{silent} connections, felt after {noticed:.1f} s, whole again after {took:.1f} s"
    t.fault("cut", place.name, "half-open", proof)


async def flows_to_the_end(t: Trial, views: Group) -> float:
    """Seconds until events are accepted and passed as ever."""
    began = t.now
    await t.flows(30, within=WITHIN_S)
    await views.goes_on(within=WITHIN_S)
    return t.now - began
