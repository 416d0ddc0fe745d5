"""How many events a second the stack takes with these clients beside it on the machine: offered
more and more, until they no longer get through."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from soak.clients import Pace
from soak.diary import Diaries

FIRST, FACTOR = 500.0, 1.5
STEP_S = 5.0
SETTLES_S = 1.0
ENOUGH = 0.9  # of what is offered


@dataclass(frozen=True)
class Step:
    offered: float
    accepted: float  # a second, as `offered`

    @property
    def kept_up(self) -> bool:
        return self.accepted >= ENOUGH * self.offered


async def ramp(diaries: Diaries, pace: Pace) -> AsyncIterator[Step]:
    """Steps, the last of which was too much; clients are at work by that pace meanwhile."""
    offered = FIRST
    while True:
        pace.rate = offered
        await asyncio.sleep(SETTLES_S)
        before = diaries.accepted
        await asyncio.sleep(STEP_S)
        step = Step(offered, (diaries.accepted - before) / STEP_S)
        yield step
        if not step.kept_up:
            return
        offered *= FACTOR
