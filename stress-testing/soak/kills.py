"""Each part of the stack killed in turn, while everything else goes on."""

import asyncio
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle

from canary import Canary
from soak.census import KILLED, census
from soak.diary import Diaries

from tests.waiting import until

WELL_WITHIN_S = 90.0
FLOWS = 50  # events accepted after it
CANARIES = 2  # the first may have been on its way before it


@dataclass(frozen=True)
class Kill:
    """`at` seconds of the soak; `well_after` seconds later another process was there, events were
    accepted again, and a new one was seen by SELECT."""

    at: float
    part: str
    pid: int
    well_after: float


class Killer:
    """`now` gives seconds of the soak."""

    def __init__(
        self, supervisor: int, diaries: Diaries, canary: Canary, now: Callable[[], float]
    ) -> None:
        self.kills: list[Kill] = []
        self.next = ("", 0.0)  # part and moment
        self._supervisor = supervisor
        self._diaries = diaries
        self._canary = canary
        self._now = now

    async def work(self, every_s: float, last_s: float) -> None:
        """Returns after the last, which is not later than that. Raises AssertionError when all is
        not well again in time."""
        due = self._now()
        for part in cycle(KILLED):
            due = max(due + every_s, self._now())
            if due > last_s:
                self.next = ("", 0.0)
                return
            self.next = (part, due)
            await asyncio.sleep(due - self._now())
            await self._kill(part)

    async def _kill(self, part: str) -> None:
        pid, at, began = census(self._supervisor)[part], self._now(), time.monotonic()
        os.kill(pid, signal.SIGKILL)
        await until(lambda: census(self._supervisor).get(part, pid) != pid, WELL_WITHIN_S, 0.1)
        accepted, stored = self._diaries.accepted, self._canary.stored

        def well() -> bool:
            flows = self._diaries.accepted >= accepted + FLOWS
            return flows and self._canary.stored >= stored + CANARIES

        await until(well, WELL_WITHIN_S, 0.1)
        self.kills.append(Kill(round(at, 1), part, pid, round(time.monotonic() - began, 1)))
