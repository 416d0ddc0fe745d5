"""One process of the stack: started, waited for, stopped or killed, and started again.

It runs in a session of its own, so a Ctrl-C in the terminal reaches only the supervisor, and it
dies with the process that started it, even when that one is killed: no orphan holds a port.
"""

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from embedded.errors import ChildDied, NotReady

Output = Callable[[str, str], None]  # (name of the child, one line of it)
Probe = Callable[[], Awaitable[str]]  # empty when ready, else what is missing

PROBE_EVERY = 0.05  # seconds
LINE_LIMIT = 64 * 1024  # bytes; a longer line is shown in pieces
TAIL_LINES = 20
PR_SET_PDEATHSIG = 1
libc = ctypes.CDLL(None)


def discard(name: str, line: str) -> None:
    pass


async def nothing() -> None:
    pass


@dataclass(frozen=True)
class Recipe:
    """What a child is. `stop_within` seconds after its `stop_signal` comes SIGKILL.

    `death_signal` is what the kernel sends when this process ends. SIGKILL is certain, and right
    for one process alone; one with workers of its own needs a signal that it can pass on to them.
    After the exit code `final_exit` it is left alone: somebody has to look first. A line with
    one of `hopeless` in it means that it will not come right by itself: it is asked to stop, and
    whoever watches it starts it again.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    probe: Probe
    prepare: Callable[[], Awaitable[None]] = nothing
    stop_within: float = 10.0
    stop_signal: signal.Signals = signal.SIGTERM
    death_signal: signal.Signals = signal.SIGKILL
    final_exit: int | None = None
    hopeless: Sequence[str] = ()


class Child:
    def __init__(self, recipe: Recipe, output: Output = discard) -> None:
        self.recipe = recipe
        self.name = recipe.name
        self.tail: deque[str] = deque(maxlen=TAIL_LINES)
        self.waits_for = ""
        self._output = output
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.returncode is None

    @property
    def pid(self) -> int | None:
        """None unless it is alive."""
        return self._process.pid if self._process is not None and self.alive else None

    @property
    def exit_code(self) -> int | None:
        """None before its end; -N when signal N ended it."""
        return None if self._process is None else self._process.returncode

    async def start(self) -> None:
        if self.alive:
            raise RuntimeError(f"{self.name} runs already")
        self.tail.clear()
        self.waits_for = "its start"
        await self.recipe.prepare()
        self._process = await asyncio.create_subprocess_exec(
            *self.recipe.command,
            env=self.recipe.environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=die_with(os.getpid(), self.recipe.death_signal),
        )
        assert self._process.stdout is not None  # noqa: S101 - it is a pipe
        self._reading = asyncio.create_task(self._read(self._process.stdout))

    async def ready(self, within: float | None = 60.0) -> None:
        """Wait until it serves; NotReady after `within` seconds, ChildDied if it ends before."""
        try:
            async with asyncio.timeout(within):
                while self.alive:
                    self.waits_for = await self.recipe.probe()
                    if not self.waits_for and self.alive:
                        return
                    await asyncio.sleep(PROBE_EVERY)
        except TimeoutError:
            raise NotReady(f"{self.name} after {within} s: {self.waits_for}") from None
        await self.wait()
        raise self.death()

    async def wait(self) -> int:
        """Its exit code (-N: signal N), once it has ended and all it said was read."""
        if self._process is None or self._reading is None:
            raise RuntimeError(f"{self.name} was never started")
        # Not the process's own wait(): that one ends when its output does, which workers of its
        # session hold open for as long as they live.
        while (code := self._process.returncode) is None:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(PROBE_EVERY)
        self.kill_now()  # what it may have left of its session
        await asyncio.wait([self._reading], timeout=1)
        return code

    async def stop(self) -> None:
        """Its stop signal, then SIGKILL when it takes longer than its recipe allows."""
        if not self.alive:
            return
        self.send(self.recipe.stop_signal)
        self.send(signal.SIGCONT)
        try:
            async with asyncio.timeout(self.recipe.stop_within):
                await self.wait()
        except TimeoutError:
            self._output(self.name, f"not gone in {self.recipe.stop_within:g} s: killed")
            await self.kill()

    async def kill(self) -> None:
        """SIGKILL, and wait for the end."""
        self.kill_now()
        if self._process is not None:
            await self.wait()

    def kill_now(self) -> None:
        """SIGKILL to it and whatever it started in its session, without waiting."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def send(self, number: signal.Signals) -> None:
        """Send any signal, e.g. SIGSTOP; nothing happens when it is dead already."""
        # Not the process's own send_signal(): that one may collect a death that asyncio waits for
        # in a thread, which then reports exit code 255.
        if (pid := self.pid) is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def death(self) -> ChildDied:
        code = self.exit_code or 0
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        return ChildDied(self.name, how, list(self.tail))

    async def _read(self, stream: asyncio.StreamReader) -> None:
        rest = b""
        while chunk := await stream.read(LINE_LIMIT):
            *lines, rest = (rest + chunk).split(b"\n")
            if len(rest) > LINE_LIMIT:
                lines, rest = [*lines, rest], b""
            for line in lines:
                self._said(line)
        if rest:
            self._said(rest)

    def _said(self, line: bytes) -> None:
        text = line.decode(errors="replace").rstrip("\r")
        self.tail.append(text)
        self._output(self.name, text)
        if any(words in text for words in self.recipe.hopeless):
            self.send(self.recipe.stop_signal)


class Step(Child):
    """A child that runs to its end; it is ready when it ended well."""

    async def ready(self, within: float | None = 60.0) -> None:
        self.waits_for = "its end"
        try:
            async with asyncio.timeout(within):
                if await self.wait() != 0:
                    raise self.death()
        except TimeoutError:
            raise NotReady(f"{self.name} is still running after {within} s") from None


async def run(*command: str) -> tuple[int, str]:
    """A command to its end, in a session of its own: the exit code, and all it said."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=die_with(os.getpid()),
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode(errors="replace").strip()


def die_with(parent: int, by: signal.Signals = signal.SIGKILL) -> Callable[[], None]:
    """To run between fork and exec: have the kernel send `by` when the parent ends."""

    def ask_kernel() -> None:
        if sys.platform == "linux":
            libc.prctl(PR_SET_PDEATHSIG, by)
            if os.getppid() != parent:  # it ended before we asked
                os._exit(1)

    return ask_kernel
