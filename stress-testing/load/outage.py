"""Kafka that stands still for a part of a scenario."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from load.running import Choice

from embedded.child import Child


@asynccontextmanager
async def outage(kafka: Child | None, choice: Choice) -> AsyncIterator[list[float]]:
    """Kafka pauses meanwhile; from when to when (Unix time), once that is over."""
    share, told = choice.scenario.outage, list[float]()
    if share is None or kafka is None or choice.web_port:
        yield told
        return
    begins, ends = (part * choice.seconds for part in share)

    async def pause() -> None:
        await asyncio.sleep(begins)
        told.append(time.time())
        try:
            kafka.send(signal.SIGSTOP)
            await asyncio.sleep(ends - begins)
        finally:
            kafka.send(signal.SIGCONT)
            told.append(time.time())

    pausing = asyncio.create_task(pause())
    try:
        yield told
    finally:
        pausing.cancel()
        with suppress(asyncio.CancelledError):
            await pausing
