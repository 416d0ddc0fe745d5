"""One limit for many acks: a timer for all that wait, where `asyncio.timeout` would be one for each
(and 8 % of the CPU time of an event)."""

import asyncio
import time
from collections import deque
from typing import Any

from aiokafka.errors import KafkaTimeoutError

EVERY_S = 0.05
"""How much later than due an ack may be given up."""


class Deadlines:
    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._watched: deque[tuple[float, asyncio.Future[Any]]] = deque()  # the first due first
        self._timer: asyncio.TimerHandle | None = None

    def watch(self, ack: "asyncio.Future[Any]") -> None:
        """`ack` fails with KafkaTimeoutError unless it comes in time."""
        self._watched.append((time.monotonic() + self._seconds, ack))
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(EVERY_S, self._look)

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        now, watched = time.monotonic(), self._watched
        while watched and (watched[0][1].done() or watched[0][0] <= now):
            _, ack = watched.popleft()
            if not ack.done():
                ack.set_exception(KafkaTimeoutError())
        self._timer = loop.call_later(EVERY_S, self._look) if watched else None
