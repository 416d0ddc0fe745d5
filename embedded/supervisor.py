"""The life of a stack: check, start in order, keep alive, stop in reverse order.

A child that dies is named with its last lines and started again, the others stay. Only one that
cannot get ready at all, five times in a row, ends the run.
"""

import asyncio
import os
import signal
import time
from functools import partial

from embedded import banner, ports
from embedded.child import Child, Step
from embedded.console import Console
from embedded.errors import CannotStart, ChildDied
from embedded.lock import exclusive
from embedded.restarts import Restarts
from embedded.settings import Settings
from embedded.stack import Stack

PROGRESS_EVERY = 3.0  # seconds
LAST_LINES_SHOWN = 8


def run(settings: Settings, console: Console) -> int:
    """Run the stack until SIGINT or SIGTERM; the exit code. CannotStart before anything ran."""
    with exclusive(settings.data_dir):
        ports.check(ports.ports(settings))
        stack = Stack.of(settings, console.line)
        return asyncio.run(Supervisor(stack, console).run())


class Supervisor:
    def __init__(self, stack: Stack, console: Console) -> None:
        self._stack = stack
        self._console = console
        self._asked_to_stop = asyncio.Event()
        self._lost = asyncio.Event()
        self._ready: set[Child] = set()
        self._news = asyncio.Condition()  # `_ready` has grown
        self._keepers: list[asyncio.Task[None]] = []

    async def run(self) -> int:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._stop_asked, number)
        living = asyncio.create_task(self._live())
        await _first_of(living, self._asked_to_stop, self._lost)
        failure = await self._end([living, *self._keepers])
        await self._stack.stop(lambda child: self._console.say(f"{child.name} stopped"))
        if failure is not None and not isinstance(failure, ChildDied | CannotStart):
            raise failure  # a mistake of ours: loudly, after an orderly stop
        if failure is None or self._asked_to_stop.is_set():
            return 0
        self._console.say(f"the end: {failure}")
        return 1

    async def _live(self) -> None:
        began = time.monotonic()
        await self._stack.start(self._bring_up)
        self._console.say(f"all ready after {time.monotonic() - began:.1f} s")
        banner.show(self._stack.settings, self._console)
        await asyncio.Event().wait()

    async def _bring_up(self, child: Child) -> None:
        """Have the child kept alive from now on; return when it is ready for the first time."""
        began = time.monotonic()
        first_ready = asyncio.Event()
        keeper = asyncio.create_task(self._keep(child, first_ready))
        keeper.add_done_callback(self._kept)
        self._keepers.append(keeper)
        self._console.say(f"starting {child.name}")
        while not first_ready.is_set():
            try:
                async with asyncio.timeout(PROGRESS_EVERY):
                    await first_ready.wait()
            except TimeoutError:
                waited = time.monotonic() - began
                self._console.say(f"waiting for {child.name}, {waited:.0f} s: {child.waits_for}")
        if child not in self._ready:
            return  # it stays down, and has been told of
        what = "done" if isinstance(child, Step) else "ready"
        self._console.say(f"{child.name} {what} after {time.monotonic() - began:.1f} s")

    async def _keep(self, child: Child, first_ready: asyncio.Event) -> None:
        """Start it again and again; ends when a step is done, raises when there is no hope."""
        restarts = Restarts()
        while True:
            # one that died because Kafka did must not use up its deaths before Kafka is back
            async with self._news:
                await self._news.wait_for(partial(self._stack.can_start, child, self._ready))
            try:
                await child.start()
                await child.ready(within=None)
                restarts.became_ready()
                async with self._news:
                    self._ready.add(child)
                    self._news.notify_all()
                if first_ready.is_set():
                    self._console.say(f"{child.name} is ready again")
                first_ready.set()
                if isinstance(child, Step):
                    return
                await child.wait()
                death = child.death()
            except ChildDied as died:
                death = died
            self._ready.discard(child)
            if child.recipe.final_exit is not None and child.exit_code == child.recipe.final_exit:
                last = ChildDied(death.name, death.how, death.last_lines[-LAST_LINES_SHOWN:])
                self._console.say(f"{last}\n{child.name} stays down, all else goes on: see above")
                first_ready.set()
                return
            delay = restarts.died()
            if delay is None:
                raise death
            shown = ChildDied(death.name, death.how, death.last_lines[-LAST_LINES_SHOWN:])
            self._console.say(f"{shown}\nstarting {child.name} again in {delay:.1f} s")
            await asyncio.sleep(delay)

    def _kept(self, keeper: asyncio.Task[None]) -> None:
        if not keeper.cancelled() and keeper.exception() is not None:
            self._lost.set()

    async def _end(self, tasks: list[asyncio.Task[None]]) -> Exception | None:
        """Cancel them; the first failure among them."""
        for task in tasks:
            task.cancel()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        return next((end for end in ends if isinstance(end, Exception)), None)

    def _stop_asked(self, number: signal.Signals) -> None:
        if self._asked_to_stop.is_set() and number == signal.SIGINT:
            self._console.say("killing everything at once")
            for child in self._stack.children:
                child.kill_now()
            os._exit(130)
        if not self._asked_to_stop.is_set():
            self._console.say(f"{number.name}: asked to stop (Ctrl-C again kills at once)")
        self._asked_to_stop.set()


async def _first_of(task: asyncio.Task[None], *events: asyncio.Event) -> None:
    waits = [asyncio.create_task(event.wait()) for event in events]
    await asyncio.wait([task, *waits], return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()
