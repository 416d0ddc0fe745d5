"""Sampled viewers' events, as they are answered and as a query shows them, while a rate is held."""

import asyncio
import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import orjson
from bench.loading import program
from bench.measuring import say

from embedded import token
from embedded.settings import Settings

PROGRAM = Path(__file__).with_name("steady.py")
CONNECTIONS, TOKENS, SAMPLED = 128, 240, 12
PAUSE_S = 0.05
"""Between an answer and the next query."""
SAYS_EVERY_S = 10.0
PATIENCE_S = 30.0

Sightings = list[tuple[float, list[int]]]
"""When a query's answer came, and the events of each sampled viewer in it."""


async def play_and_look(
    settings: Settings, sampled: Sequence[uuid.UUID], rate: float, seconds: float
) -> tuple[dict[str, Any], Sightings]:
    tokens = [token.mint(settings, viewer) for viewer in sampled]
    tokens += [token.mint(settings) for _ in range(TOKENS - SAMPLED)]
    process = await program(PROGRAM, settings.http_port, rate, seconds, CONNECTIONS, SAMPLED)
    playing = asyncio.create_task(process.communicate("\n".join(tokens).encode()))
    listed = ",".join(f"'{viewer}'" for viewer in sampled)
    sql = (
        "SELECT toString(user_id), count() FROM movies.views FINAL "  # noqa: S608
        f"WHERE user_id IN ({listed}) GROUP BY user_id FORMAT JSONCompactEachRow"
    )
    sightings, told, ends = Sightings(), None, 0.0
    began = said = time.monotonic()
    async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE_S) as http:
        while told is None or not _all_seen(told, sightings):
            answer = await http.post(settings.clickhouse_url, content=sql)
            answer.raise_for_status()
            counts = dict(orjson.loads(line) for line in answer.text.splitlines())
            sightings.append(
                (time.monotonic(), [int(counts.get(str(viewer), 0)) for viewer in sampled])
            )
            if told is None and time.monotonic() - said > SAYS_EVERY_S:
                said = time.monotonic()
                say(f"  {said - began:.0f} of {seconds:.0f} s")
            if told is None and playing.done():
                told, ends = orjson.loads(playing.result()[0]), time.monotonic() + PATIENCE_S
            if told is not None and time.monotonic() > ends:
                raise RuntimeError(f"not stored within {PATIENCE_S:.0f} s of the last event")
            await asyncio.sleep(PAUSE_S)
    asked = len(sightings) / (time.monotonic() - began)
    say(f"  the query was asked {asked:.0f} times a second")
    return told, sightings


def _all_seen(told: dict[str, Any], sightings: Sightings) -> bool:
    return all(
        count >= len(shown) for count, shown in zip(sightings[-1][1], told["shown"], strict=True)
    )


def waits_ms(shown: Sequence[Sequence[float]], sightings: Sightings) -> list[tuple[float, float]]:
    """Of each answered event of each sampled viewer: when it was answered, and milliseconds from
    there until as many were seen."""
    waits = []
    for viewer, answered in enumerate(shown):
        looks = iter(sightings)
        when, counts = next(looks)
        for k, moment in enumerate(sorted(answered), start=1):
            while counts[viewer] < k:
                when, counts = next(looks)
            waits.append((moment, max(when - moment, 0.0) * 1000))
    return sorted(waits)
