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
    def __init__(self) -> None:
        self._watched: deque[tuple[float, asyncio.Future[Any]]] = deque()  # the first due first
        self._timer: asyncio.TimerHandle | None = None

    def watch(self, ack: "asyncio.Future[Any]", within_s: float) -> None:
        """`ack` fails with KafkaTimeoutError unless it comes within so many seconds."""
        due = time.monotonic() + within_s
        if self._watched and due < self._watched[-1][0]:  # it waited for something before
            asyncio.get_running_loop().call_later(within_s, _give_up, ack)
            return
        self._watched.append((due, ack))
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(EVERY_S, self._look)

    def _look(self) -> None:
        now, watched = time.monotonic(), self._watched
        while watched and (watched[0][1].done() or watched[0][0] <= now):
            _give_up(watched.popleft()[1])
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(EVERY_S, self._look) if watched else None


def _give_up(ack: "asyncio.Future[Any]") -> None:
    if not ack.done():
        ack.set_exception(KafkaTimeoutError())
