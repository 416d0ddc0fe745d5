"""Reads of one client while another writes at a steady rate, the same to every store.

Both are tasks of one event loop: a reader whose answer comes while a batch is handed over waits
for that. Making and encoding the events is done beforehand.
"""

import asyncio
import random
import time
from collections.abc import Iterable, Sequence
from functools import partial
from itertools import count

from storage.events import Event, Pair
from storage.outcome import Mixed
from storage.plan import TOP, WEEK
from storage.reading import Stopwatch
from storage.store import Candidate

BATCHES_PER_S = 5
PAUSE_S = 0.005
"""Of the reader after each answer."""
POSITIONS_PER_LIST = 20
"""So many viewers look where they were for each look at the most watched films."""


async def mixed(
    store: Candidate, arriving: Iterable[Sequence[Event]], pairs: Sequence[Pair]
) -> Mixed:
    """Until all that arrives is stored."""
    positions, most_watched = Stopwatch(), Stopwatch()
    encoded = [(len(batch), store.encode(batch)) for batch in arriving]
    rng = random.Random(2)
    writing = asyncio.create_task(_write(store, encoded))
    try:
        for number in count(1):
            await positions.ask(partial(store.positions, *rng.choice(pairs)))
            if number % POSITIONS_PER_LIST == 0:
                await most_watched.ask(partial(store.most_watched, WEEK, TOP))
            if writing.done():
                break
            await asyncio.sleep(PAUSE_S)
        offered, stored = await writing
    finally:
        writing.cancel()
    return Mixed(offered, stored, positions.reads(), most_watched.reads())


async def _write(store: Candidate, arriving: Sequence[tuple[int, bytes]]) -> tuple[int, float]:
    """Batches with their number of rows. Rows a second: offered, stored."""
    started, rows, size = time.monotonic(), 0, arriving[0][0]
    for number, (length, batch) in enumerate(arriving, 1):
        await store.insert(batch)
        rows += length
        await asyncio.sleep(started + number / BATCHES_PER_S - time.monotonic())
    return size * BATCHES_PER_S, rows / (time.monotonic() - started)
