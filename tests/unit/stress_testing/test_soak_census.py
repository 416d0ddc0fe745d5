"""The processes of a stack as a soak sees them, on processes of the test's own."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from soak.census import census, usage

from tests.waiting import until

WAITS = "import sys; sys.stdin.read()"
SUPERVISES = f"""
import subprocess, sys
for words in sys.argv[1:]:
    child = subprocess.Popen([sys.executable, "-c", {WAITS!r}, *words.split()])
    print(child.pid, flush=True)
{WAITS}
"""


@contextmanager
def supervisor(*children: str) -> Iterator[tuple[int, Sequence[int]]]:
    """Its pid, and those of children that wait, with these words on their command lines."""
    process = subprocess.Popen(
        [sys.executable, "-c", SUPERVISES, *children],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        yield process.pid, [int(process.stdout.readline()) for _ in children]
    finally:
        process.stdin.close()  # the end of what they all read
        process.wait()
        process.stdout.close()


def test_a_part_is_known_by_its_command_line_and_only_below_its_supervisor() -> None:
    with (
        supervisor("-m ugc_api", "else", "-m etl run") as (pid, (api, _, etl)),
        supervisor("-m ugc_api"),
    ):
        assert census(pid) == {"supervisor": pid, "api": api, "etl": etl}


async def test_one_that_was_killed_is_there_no_more_even_before_anybody_waited_for_it() -> None:
    with supervisor("-m ugc_api") as (pid, (api,)):
        os.kill(api, signal.SIGKILL)
        await until(lambda: census(pid) == {"supervisor": pid})


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
    with supervisor() as (gone, _):
        pass
    with pytest.raises(OSError, match=str(gone)):
        usage(gone)
