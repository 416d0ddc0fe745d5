"""Waiting for something to become true, with a limit; tests never sleep and hope."""

import asyncio
import time
from collections.abc import Awaitable, Callable


async def until(
    condition: Callable[[], bool | Awaitable[bool]], within: float = 10.0, every: float = 0.02
) -> float:
    """Seconds it took until `condition` held; AssertionError after `within` seconds."""
    started = time.monotonic()
    while True:
        held = condition()
        if held if isinstance(held, bool) else await held:
            return time.monotonic() - started
        assert time.monotonic() - started < within, f"not so within {within} s"
        await asyncio.sleep(every)
