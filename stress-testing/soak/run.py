"""One soak: measure the capacity, hold half of it, kill in turn, wait, judge."""

import asyncio
import os
import platform
import random
from datetime import UTC, datetime

from canary import Canary, singing
from soak.capacity import FIRST, Step, ramp
from soak.clients import Clients, Pace
from soak.diary import Diaries
from soak.judging import curves, most_parts
from soak.kills import Killer
from soak.outcome import Outcome
from soak.sampling import Samples, sampled
from soak.verdict import Verdict, everything_stored, judge

from embedded import token
from embedded.settings import HOST, Settings
from simulator.errors import CannotPlay
from telemetry.screen import Screen, number
from tests.players import at_work

VIEWERS = 2000
SHARE = 0.5  # of the capacity
KILLS = 12  # in the time there is, as long as they are so far apart:
SELDOM_S, OFTEN_S = 300.0, 40.0
QUIET_END = 0.1  # of the time: nothing is killed any more
FINISHES_WITHIN_S = 60.0
TOLD_EVERY_S = 1.0


async def soak(
    settings: Settings, supervisor: int, minutes: float, rate: float | None, screen: Screen
) -> Outcome:
    """`minutes` begin after the ramp; `rate` in events a second, None = half of the capacity."""
    diaries = Diaries(random.SystemRandom().getrandbits(48), VIEWERS)
    tokens = [token.mint(settings, viewer) for viewer in diaries.viewers]
    pace, steps = Pace(FIRST if rate is None else rate), list[Step]()
    canary = Canary(settings, settings.front_url)
    clients = Clients((HOST, settings.nginx_port), diaries, tokens, pace)
    samples = Samples(settings, supervisor, diaries, canary)
    killer = Killer(supervisor, diaries, canary, lambda: samples.now)
    verdict, failure = Verdict(), ""
    try:
        async with singing(canary), at_work(clients.play, within=FINISHES_WITHIN_S):
            if rate is None:
                async for step in ramp(diaries, pace):
                    steps.append(step)
                    screen.say(f"offered {step.offered:.0f}/s, accepted {step.accepted:.0f}/s")
                pace.rate = SHARE * max(step.accepted for step in steps)
            screen.say(f"{pace.rate:.0f} events a second for {minutes:g} minutes")
            async with sampled(samples):
                failure = await _hold(samples, killer, minutes * 60, screen)
    except TimeoutError:
        failure = failure or f"reports without an answer {FINISHES_WITHIN_S:g} s after the end"
    try:
        await everything_stored(settings, diaries, canary.viewer, screen)
        verdict = await judge(settings, diaries, canary.viewer, screen)
    except CannotPlay as error:
        failure = failure or str(error)
    return Outcome(
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        machine=f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}",
        minutes=minutes,
        ramp=steps,
        rate=pace.rate,
        samples=samples,
        kills=killer.kills,
        curves=curves(samples, killer.kills),
        parts=most_parts(samples),
        answers=diaries.answers,
        again=diaries.again,
        verdict=verdict,
        failure=failure,
    )


async def _hold(samples: Samples, killer: Killer, seconds: float, screen: Screen) -> str:
    """Kill in turn and tell how it goes, until the time is over; why that was too early, or ""."""
    apart = min(SELDOM_S, max(OFTEN_S, seconds / KILLS))
    killing = asyncio.create_task(killer.work(apart, seconds * (1 - QUIET_END)))
    try:
        while (now := samples.now) < seconds:
            if killing.done() and (error := killing.exception()) is not None:
                return f"{killer.next[0]} killed, and all was not well again in time: {error!r}"
            screen.progress(min(now / seconds, 0.999), _told(samples, killer))
            await asyncio.sleep(TOLD_EVERY_S)
    finally:
        killing.cancel()
    screen.progress(1, _told(samples, killer))
    return ""


def _told(samples: Samples, killer: Killer) -> str:
    if not samples:
        return ""
    last = samples[-1]
    fresh = "?" if last.freshness is None else f"{last.freshness:.1f}"
    part, due = killer.next
    left = f"; {part} in {max(0.0, due - samples.now):.0f} s" if part else ""
    return (
        f"{number(last.accepted)} accepted, lag {'?' if last.lag is None else number(last.lag)}, "
        f"{fresh} s old, {len(killer.kills)} kills{left}"
    )
