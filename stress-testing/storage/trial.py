"""One store measured: loads, single rows, reads, reads while writing, disk, and what it answers."""

import hashlib
import random
import time
from datetime import UTC, date, datetime
from functools import partial

import msgspec
from storage.events import Pair, batches, events
from storage.mixing import mixed
from storage.outcome import Load, Outcome
from storage.plan import BATCHES, REPORTS, TOP, WEEK, Plan
from storage.reading import one_by_one
from storage.store import Candidate

from telemetry.screen import Screen, number

EVERY = 499
"""The pair of every such event of the fill may be asked for."""
CHECKED = 100
"""Positions that are compared with those of the other stores."""
ALL_FILMS = 65_535


class Trial:
    def __init__(
        self, name: str, store: Candidate, plan: Plan, today: date, screen: Screen
    ) -> None:
        self._name = name
        self._store = store
        self._plan = plan
        self._events = events(plan.rows, today)
        self._screen = screen
        # every store is asked for the same pairs, in the same order
        self._rng = random.Random(1)
        self._pairs: list[Pair] = []
        self._stored = 0

    async def run(self, fsync_ms: float) -> Outcome:
        plan, store = self._plan, self._store
        begun = f"{datetime.now(UTC):%Y-%m-%d %H:%M}"
        fill = await self._load(plan.fill, BATCHES[0])
        # once, as a quarter of an hour of the product's events has one: in PostgreSQL each makes
        # the next write of every page go to the log whole
        await store.flush()
        loads = [fill, *[await self._load(plan.each, size) for size in BATCHES]]
        single = await self._load(plan.single, 1)
        self._say("reads")
        pairs = self._rng.choices(self._pairs, k=plan.point_reads)
        positions = await one_by_one(
            [partial(store.positions, *pair) for pair in pairs], store.cpu_s
        )
        lists = [partial(store.most_watched, WEEK, TOP)] * REPORTS
        most_watched = await one_by_one(lists, store.cpu_s)
        viewers_per_day = await one_by_one([store.viewers_per_day] * REPORTS, store.cpu_s)
        self._say(f"reads while {number(plan.mixed)} rows come")
        both = await mixed(store, batches(self._events, plan.mixed, plan.mixed_batch), self._pairs)
        await store.settle()
        return Outcome(
            name=self._name,
            fsync_ms=fsync_ms,
            loads=loads,
            single=single,
            positions=positions,
            most_watched=most_watched,
            viewers_per_day=viewers_per_day,
            mixed=both,
            disk=await store.disk_bytes(),
            answers=await self._answers(),
            version=await store.version(),
            begun=begun,
        )

    async def _load(self, rows: int, size: int) -> Load:
        """Making and encoding the events is not counted."""
        seconds, began = 0.0, self._store.cpu_s()
        for batch in batches(self._events, rows, size):
            encoded = self._store.encode(batch)
            started = time.perf_counter()
            await self._store.insert(encoded)
            seconds += time.perf_counter() - started
            self._pairs += [event.pair for event in batch[::EVERY]]
            self._stored += len(batch)
            self._screen.progress(
                self._stored / self._plan.rows,
                f"{self._name}: {number(self._stored)} rows, now {number(size)} at a time",
            )
        started = time.perf_counter()
        await self._store.settle()
        return Load(
            batch=size,
            rows=rows,
            seconds=seconds,
            settling_s=time.perf_counter() - started,
            cpu_s=self._store.cpu_s() - began,
        )

    async def _answers(self) -> str:
        """A hash of what all stores have to answer alike."""
        films = sorted(await self._store.most_watched(WEEK, ALL_FILMS))
        positions = [
            sorted((await self._store.positions(*pair)).items()) for pair in self._pairs[:CHECKED]
        ]
        days = await self._store.viewers_per_day()
        said = msgspec.json.encode((await self._store.census(), films, positions, days))
        return hashlib.sha256(said).hexdigest()

    def _say(self, what: str) -> None:
        self._screen.say(f"{self._name}: {what}")
