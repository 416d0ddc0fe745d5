"""Python's cycle collector in a process that makes many objects and hardly a cycle."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

EVERY_S = 5.0


def spare_the_collector() -> None:
    """What exists now lives as long as the process: it is not walked again. Walking all of it for
    every 700 new objects was 8 % of the CPU time of an event in the API, 19 % in the worker."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


@asynccontextmanager
async def collecting(every_s: float = EVERY_S) -> AsyncIterator[None]:
    """Collects by the clock besides. The thresholds count objects, and a fetch that the Kafka
    client drops (of partitions paused or given up) is megabytes in a cycle of a few."""
    task = asyncio.create_task(_collect(every_s))
    try:
        yield
    finally:
        task.cancel()


async def _collect(every_s: float) -> None:
    while True:
        await asyncio.sleep(every_s)
        gc.collect()
