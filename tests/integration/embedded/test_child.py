"""A child process, tried on small Python programs."""

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from embedded.child import Child, Recipe, Step, die_with
from embedded.errors import ChildDied, NotReady

SLEEPER = "import time; print('up', flush=True); time.sleep(60)"
WITH_A_WORKER = f"""
import subprocess, sys
inner = subprocess.Popen([sys.executable, "-c", {SLEEPER!r}])
print(inner.pid, flush=True); inner.wait()
"""
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEPER}"


def child(
    program: str,
    *,
    kind: type[Child] = Child,
    stop_within: float = 5.0,
    hopeless: str = "never said",
) -> Child:
    async def said_up() -> str:
        return "" if "up" in made.tail else "it has not said 'up'"

    command = (sys.executable, "-c", program)
    recipe = Recipe(
        "it", command, dict(os.environ), said_up, stop_within=stop_within, hopeless=(hopeless,)
    )
    made = kind(recipe)
    return made


def gone(pid: int, within: float = 5.0) -> bool:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state == "Z":  # dead, and reaped by nobody in this container
            return True
        time.sleep(0.02)
    return False


async def test_it_is_started_stopped_and_started_again() -> None:
    it = child(SLEEPER)
    for _ in range(2):
        await it.start()
        await it.ready(within=5)
        assert it.alive
        await it.stop()
        assert (it.alive, it.pid, it.exit_code) == (False, None, -signal.SIGTERM)


async def test_a_signal_that_comes_too_late_leaves_the_exit_code_alone() -> None:
    with deaths_seen_by_this_loop_only():
        it = child(SLEEPER)
        await it.start()
        pid = it.pid
        it.send(signal.SIGTERM)
        assert pid is not None
        assert gone(pid)
        it.send(signal.SIGCONT)
        assert await it.wait() == -signal.SIGTERM


@contextmanager
def deaths_seen_by_this_loop_only() -> Iterator[None]:
    """So that nobody collects one before the loop goes on."""
    if sys.version_info >= (3, 12):  # it is always so
        yield
        return
    by_threads, by_loop = asyncio.get_child_watcher(), asyncio.PidfdChildWatcher()
    by_loop.attach_loop(asyncio.get_running_loop())
    asyncio.set_child_watcher(by_loop)
    try:
        yield
    finally:
        asyncio.set_child_watcher(by_threads)


@pytest.mark.parametrize(("hopeless", "stops"), [("out of sync", True), ("of its own", False)])
async def test_one_that_says_it_is_hopeless_is_asked_to_stop(hopeless: str, stops: bool) -> None:
    it = child(f"print('it is out of sync'); {SLEEPER}", hopeless=hopeless)
    await it.start()
    try:
        if stops:
            assert await asyncio.wait_for(it.wait(), 5) == -signal.SIGTERM
        else:
            await it.ready(within=5)
    finally:
        await it.kill()


async def test_one_that_ignores_sigterm_is_killed_after_its_time() -> None:
    it = child(STUBBORN, stop_within=0.2)
    await it.start()
    await it.ready(within=5)
    await it.stop()
    assert it.exit_code == -signal.SIGKILL


async def test_a_frozen_one_is_stopped_too() -> None:
    it = child(SLEEPER)
    await it.start()
    await it.ready(within=5)
    it.send(signal.SIGSTOP)
    await it.stop()
    assert it.exit_code == -signal.SIGTERM


async def test_a_death_before_it_was_ready_is_told_with_its_last_lines() -> None:
    it = child("import sys; print('first'); sys.exit('the reason')")
    await it.start()
    with pytest.raises(ChildDied) as death:
        await it.ready(within=5)
    assert death.value.how == "exit code 1"
    assert set(death.value.last_lines) == {"first", "the reason"}


async def test_one_that_lives_but_is_not_ready_says_what_is_missing() -> None:
    it = child("import time; time.sleep(60)")
    await it.start()
    with pytest.raises(NotReady, match="has not said 'up'"):
        await it.ready(within=0.2)
    await it.kill()


async def test_a_line_without_end_does_not_fill_memory_nor_block_it() -> None:
    it = child("print('x' * 1_000_000, end='', flush=True); print(); print('up')")
    await it.start()
    await it.wait()
    assert it.tail[-1] == "up"
    assert max(map(len, it.tail)) <= 2 * 64 * 1024


async def test_killing_it_also_kills_what_it_started() -> None:
    it = child(WITH_A_WORKER)
    await it.start()
    await it.ready(within=5)  # the inner one's words arrive in the same pipe
    inner = int(next(line for line in it.tail if line.isdigit()))
    await it.kill()
    assert gone(inner)


async def test_its_death_is_noticed_while_what_it_started_lives() -> None:
    """As nginx's: its workers hold its output open, and the port."""
    it = child(WITH_A_WORKER)
    await it.start()
    await it.ready(within=5)
    inner = int(next(line for line in it.tail if line.isdigit()))
    it.send(signal.SIGKILL)
    assert await asyncio.wait_for(it.wait(), 5) == -signal.SIGKILL
    assert gone(inner)


async def test_a_step_is_ready_when_it_ended_well() -> None:
    good, bad = child("print('done')", kind=Step), child("raise SystemExit(3)", kind=Step)
    await good.start()
    await good.ready(within=5)
    await bad.start()
    with pytest.raises(ChildDied, match="exit code 3"):
        await bad.ready(within=5)


def test_it_dies_with_its_parent_even_when_that_is_killed() -> None:
    program = f"""
        import asyncio, os
        from embedded.child import Child, Recipe
        async def up(): return ""
        async def main():
            it = Child(Recipe("it", ({sys.executable!r}, "-c", {SLEEPER!r}), dict(os.environ), up))
            await it.start()
            while "up" not in it.tail:
                await asyncio.sleep(0.01)
            print(it.pid, flush=True)
            await it.wait()
        asyncio.run(main())
    """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)],
        stdout=subprocess.PIPE,
        preexec_fn=die_with(os.getpid()),
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert os.getsid(pid) == pid  # its own session: no Ctrl-C of a terminal reaches it
        parent.kill()
        parent.wait()
        assert gone(pid)


async def test_two_starts_at_once_are_a_mistake() -> None:
    it = child(SLEEPER)
    await it.start()
    with pytest.raises(RuntimeError, match="runs already"):
        await it.start()
    await it.kill()
    assert not await asyncio.to_thread(lambda: it.alive)
