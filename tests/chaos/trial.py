"""One trial of the promise: a stack of its own under load, faults done to it, and the verdict.

While the context lasts, clients report and the test kills, pauses and cuts. Then the clients finish
what they began, the group catches up, and the tables are held against the ledger.
"""

import asyncio
import contextlib
import random
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from aiokafka.errors import KafkaError

from embedded import children
from embedded.child import Child
from embedded.stack import Stack
from tests.analyst import Analyst
from tests.chaos.clients import Habits, clients
from tests.chaos.group import group
from tests.chaos.ledger import Ledger
from tests.chaos.outcome import Fault, Outcome
from tests.chaos.samples import sampled
from tests.chaos.verdict import found, judge
from tests.players import more_accepted
from tests.stack import private_stack
from tests.waiting import until


class Report(Protocol):
    def add(self, outcome: Outcome) -> None: ...


class Trial:
    """What a case works with. Times are in seconds."""

    def __init__(self, stack: Stack, outcome: Outcome) -> None:
        self.stack = stack
        self.settings = stack.settings
        self.outcome = outcome
        self.ledger = Ledger()
        self.analyst = Analyst(stack.settings)
        self.rng = random.Random(outcome.seed)  # noqa: S311  # a replayable scenario
        self.guests: list[Child] = []
        self._began = time.monotonic()

    @property
    def now(self) -> float:
        """Since the first report was sent."""
        return time.monotonic() - self._began

    def rounds(self, count: int) -> Iterator[int]:
        """1 to `count`, each begun with a line on the terminal."""
        for number in range(1, count + 1):
            say(f"  {self.outcome.case}: round {number}/{count}")
            yield number

    def fault(self, kind: str, target: str, window: str = "", proof: str = "") -> None:
        """Put down a fault that was just done; `proof` is what was seen of it."""
        self.outcome.faults.append(Fault(round(self.now, 2), kind, target, window, proof))
        say(f"    {kind}: {target} {window}: {proof}")

    async def kill(self, child: Child, target: str = "", window: str = "", proof: str = "") -> None:
        """SIGKILL, and its exit code says so."""
        await child.kill()
        assert child.exit_code == -signal.SIGKILL, child.death()
        said = f"exit code {child.exit_code}"
        self.fault("killed", target or child.name, window, f"{said}, {proof}" if proof else said)

    def proven(self, proof: str) -> None:
        """What was seen of the last fault later on."""
        fault = self.outcome.faults[-1]
        self.outcome.faults[-1] = replace(fault, proof=f"{fault.proof}, {proof}")
        say(f"      {proof}")

    async def revive(self, child: Child) -> None:
        await child.start()
        await child.ready()

    async def flows(self, count: int = 20, within: float = 30.0) -> None:
        """Wait for `count` further events to be accepted: the way in is open."""
        await more_accepted(self.ledger, count, within)

    def worker(self, number: int) -> Child:
        """A further worker, not started; killed at the end of the trial."""
        worker = children.etl(self.settings, number)
        self.guests.append(worker)
        return worker


@asynccontextmanager
async def trial(
    name: str,
    seed: int,
    tmp_path: Path,
    report: Report,
    *,
    habits: Habits | None = None,
    arrange: Callable[[Stack], Stack] = lambda stack: stack,
    url: str = "",
    must_fail: bool = False,
    settle_within: float = 90.0,
    **environment: str,
) -> AsyncIterator[Trial]:
    """A started stack with clients at work. At the end the outcome goes to the report, and the
    promise must have been kept; with `must_fail` the caller looks at that. `settle_within` seconds
    the group may take to catch up.

    `arrange` may change the children before any of them starts, `url` is where the clients report
    if not to the API itself. Raises AssertionError.
    """
    say(f"{name}: CHAOS_SEED={seed}")
    outcome = Outcome(name, seed, must_fail=must_fail)
    habits = habits or Habits()
    async with private_stack(tmp_path, UGC_RATE_PER_USER="0", **environment) as plain:
        stack = arrange(plain)
        one = Trial(stack, outcome)
        try:
            await stack.start()
            one._began = time.monotonic()
            async with sampled(outcome, one.ledger, one.analyst):
                door = url or stack.settings.api_url
                async with clients(stack.settings, one.ledger, seed, habits, door):
                    yield one
                await _settle(one, settle_within)
            await judge(stack.settings, one.ledger, outcome)
            outcome.took_s = round(one.now, 1)
        finally:
            await asyncio.gather(*(child.kill() for child in (*one.guests, *stack.children)))
    report.add(outcome)
    say(
        f"  {name}: {len(outcome.faults)} faults, {outcome.accepted} accepted, "
        f"{outcome.lost} lost, {outcome.twice} twice, {outcome.wrong} wrong, {outcome.took_s} s"
    )
    assert must_fail or outcome.kept, "\n".join(outcome.complaints)


async def _settle(one: Trial, within: float) -> None:
    """Until the group has passed everything; what is then not there will not come, but for the
    insert of a worker that commits too early. A negative control may never get so far."""

    async def passed() -> bool:
        try:
            async with group(one.settings) as views:
                return await views.lag() == 0
        except KafkaError:
            return False

    async def agrees() -> bool:
        return not (await found(one.settings, one.ledger))[1]

    try:
        await until(passed, within=within, every=0.2)
    except AssertionError:
        if not one.outcome.must_fail:
            raise
    with contextlib.suppress(AssertionError):
        await until(agrees, within=5.0, every=0.5)


def say(line: str) -> None:
    """A line of progress, seen under `pytest -s`."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
