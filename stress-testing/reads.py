"""How long reads take with a million events stored: p50 and p99 over HTTP on a real stack.

`PYTHONPATH=. .venv/bin/python stress-testing/reads.py [--seconds 30]`: 20 mixed reads a second of
ordinary viewers, then bursts of 8 at once, then one viewer with 13 months of every evening.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from uuid import UUID

import httpx

from embedded import token
from embedded.stack import Stack
from tests.stack import private_stack

PER_SECOND = 20
BURST = 8
VIEWERS = 5000
ORDINARY_EVENTS = 600_000
HEAVY_EVENTS = 400_000
HEAVY = UUID(int=1)
FILMS = 2000
OF_EACH = 5
"""Films that an ordinary viewer comes back to."""

BLOCK = 50_000

FILL = """
INSERT INTO movies.views_local
    (user_id, film_id, event_id, progress, total, event_time, received_at)
SELECT
    toUUID(concat('00000000-0000-0000-0000-', leftPad(hex({viewer}), 12, '0'))),
    toUUID(concat('00000000-0000-0000-0001-', leftPad(hex({film}), 12, '0'))),
    generateUUIDv4(number),
    number % 5400, 5400,
    now64(3) - toIntervalSecond(({events} - number) * {every_s}) AS moment,
    moment
FROM numbers({start}, {block})
"""


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def film(number: int) -> UUID:
    return UUID(int=1 << 48 | number)


async def fill(url: str) -> None:
    kinds = [
        (
            f"100 + number % {VIEWERS}",
            f"(number % {VIEWERS} * 7 + intDiv(number, {VIEWERS}) % {OF_EACH}) % {FILMS}",
            ORDINARY_EVENTS,
            5,
        ),
        ("1", f"intDiv(number, {HEAVY_EVENTS // FILMS})", HEAVY_EVENTS, 85),
    ]
    async with httpx.AsyncClient(timeout=60) as http:
        for viewer, number, events, every_s in kinds:
            for start in range(0, events, BLOCK):
                sql = FILL.format(
                    viewer=viewer,
                    film=number,
                    events=events,
                    every_s=every_s,
                    start=start,
                    block=BLOCK,
                )
                answer = await http.post(url, content=sql, params={"final": 0})
                answer.raise_for_status()


class Reader:
    """Asks for random viewers, and notes the milliseconds of each answer by kind of read."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http
        # S311: a replayable load, not a secret
        self._rng = random.Random(1)  # noqa: S311
        self.took: dict[str, list[float]] = defaultdict(list)

    async def ordinary(self) -> None:
        number = self._rng.randrange(VIEWERS)
        watched = (number * 7 + self._rng.randrange(OF_EACH)) % FILMS
        await self._either(UUID(int=100 + number), film(watched))

    async def heavy(self) -> None:
        await self._either(HEAVY, film(self._rng.randrange(FILMS)))

    async def _either(self, viewer: UUID, watched: UUID) -> None:
        if self._rng.random() < 0.5:
            await self._read("list", "/api/v1/progresses", viewer)
        else:
            await self._read("position", f"/api/v1/progresses/films/{watched}", viewer)

    async def _read(self, kind: str, address: str, viewer: UUID) -> None:
        started = time.perf_counter()
        answer = await self._http.get(address, params={"user_id": str(viewer)})
        self.took[kind].append((time.perf_counter() - started) * 1000)
        if answer.status_code != httpx.codes.OK:
            raise RuntimeError(answer.text)

    def report(self, title: str) -> None:
        for kind, took in sorted(self.took.items()):
            ordered = sorted(took)
            p50, p99 = (ordered[int(len(ordered) * share)] for share in (0.5, 0.99))
            say(f"{title:34}{kind:10}{len(took):>6} reads   p50 {p50:6.1f} ms   p99 {p99:6.1f} ms")
        self.took.clear()


async def evenly(reader: Reader, seconds: float) -> None:
    running: list[Awaitable[None]] = []
    for _ in range(round(seconds * PER_SECOND)):
        running.append(asyncio.create_task(reader.ordinary()))
        await asyncio.sleep(1 / PER_SECOND)
    await asyncio.gather(*running)


async def bursts(read: Callable[[], Coroutine[None, None, None]], count: int, at_once: int) -> None:
    for _ in range(count):
        await asyncio.gather(*(read() for _ in range(at_once)))
        await asyncio.sleep(0.5)


async def measure(stack: Stack, seconds: float) -> None:
    headers = {"Authorization": f"Bearer {token.mint(stack.settings, roles=['service'])}"}
    async with httpx.AsyncClient(
        base_url=stack.settings.api_url, headers=headers, timeout=10
    ) as http:
        reader = Reader(http)
        await evenly(reader, 2)
        reader.took.clear()
        await evenly(reader, seconds)
        reader.report(f"{PER_SECOND} a second, {seconds:.0f} s")
        await bursts(reader.ordinary, round(seconds), BURST)
        reader.report(f"{BURST} at once")
        await bursts(reader.heavy, round(seconds), 1)
        reader.report(f"a viewer of {HEAVY_EVENTS} events")


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        async with private_stack(Path(folder)) as stack:
            await stack.start()
            await fill(stack.settings.clickhouse_url)
            await measure(stack, arguments.seconds)
            await stack.stop()


if __name__ == "__main__":
    asyncio.run(main())
