"""The processes of a stack as a soak sees them, on processes of the test's own."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from soak.census import census, usage

from tests.waiting import until

WAITS = "import sys; sys.stdin.read()"


@contextmanager
def child(*words: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A process that waits, with these words on its command line."""
    process = subprocess.Popen([sys.executable, "-c", WAITS, *words], stdin=subprocess.PIPE)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


async def test_a_part_is_known_by_its_command_line_and_only_below_its_supervisor() -> None:
    with child("-m", "ugc_api") as api, child("-m", "etl", "run") as etl, child("else") as other:
        found = census(os.getpid())
        assert (found["api"], found["etl"]) == (api.pid, etl.pid)
        assert other.pid not in found.values()
        assert census(other.pid) == {"supervisor": other.pid}


async def test_one_that_was_killed_is_there_no_more_even_before_anybody_waited_for_it() -> None:
    with child("-m", "ugc_api") as api:
        os.kill(api.pid, signal.SIGKILL)
        await until(lambda: "api" not in census(os.getpid()))


def test_handles_that_are_opened_are_counted(tmp_path: Path) -> None:
    before = usage(os.getpid())
    held = [(tmp_path / str(n)).open("w") for n in range(20)]
    now = usage(os.getpid())
    for file in held:
        file.close()
    assert now.handles == before.handles + 20
    assert 1 < now.own < now.resident < 4000
    assert now.threads >= 1


def test_of_a_process_that_has_gone_there_is_nothing_to_say() -> None:
    with child() as gone:
        pass
    with pytest.raises(OSError, match=str(gone.pid)):
        usage(gone.pid)
