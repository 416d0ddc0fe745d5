"""Running stacks for tests, on free ports and in temporary folders, never the defaults.

`running_stack` is one for the whole session, run by the real supervisor: not to be killed in.
`private_stack` gives one whose children a test may start, stop and kill.
"""

import asyncio
import contextlib
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from embedded import token
from embedded.child import die_with
from embedded.ports import free_block
from embedded.settings import ROOT, Settings
from embedded.stack import Stack
from tests.services import elsewhere, know_the_passwords

START_WITHIN = 90.0  # seconds; 8 are usual
OURS = ("UGC_", "KAFKA_", "CH_", "SECURITY_", "SENTRY_", "LOGSTASH_")


def environment(data_dir: Path, ports: range, **more: str) -> dict[str, str]:
    """The caller's environment without what would configure the services, and a stack's place."""
    foreign = {k: v for k, v in os.environ.items() if not k.startswith(OURS)}
    return {
        **foreign,
        "UGC_DATA_DIR": str(data_dir),
        "UGC_HTTP_PORT": str(ports[0]),
        "UGC_CLICKHOUSE_PORT": str(ports[1]),
        "UGC_NGINX_PORT": str(ports[2]),
        "UGC_CORS_ORIGINS": f"http://127.0.0.1:{ports[3]}",  # for a test that serves pages there
        "UGC_KAFKA_PORT": str(ports[4]),  # and the next five
        "UGC_METRICS_PORT": str(ports[10]),  # to + 49
        **more,
    }


@contextlib.contextmanager
def place(data_dir: Path, **more: str) -> Iterator[Settings]:
    """Settings on ports that nobody else takes before the context ends."""
    with free_block() as ports:
        yield Settings.from_environment(environment(data_dir, ports, **more))


@contextlib.asynccontextmanager
async def private_stack(data_dir: Path, **more: str) -> AsyncIterator[Stack]:
    """The children of a stack, none started yet; what still runs at the end is killed."""
    with place(data_dir, **more) as settings:
        stack = Stack.of(settings)
        try:
            yield stack
        finally:
            await asyncio.gather(*(child.kill() for child in stack.children))


class RunningStack:
    """A stack run by `python -m embedded` in another process."""

    def __init__(self, settings: Settings, process: "subprocess.Popen[bytes]", log: Path) -> None:
        self.settings = settings
        self.process = process
        self.log = log

    def token(self, *roles: str) -> str:
        return token.mint(self.settings, roles=roles)

    def wait_ready(self, within: float = START_WITHIN) -> None:
        deadline = time.monotonic() + within
        while not (answers_200(f"{self.settings.api_url}/readyz") and self._says_all_ready()):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"the stack is not ready:\n{self.log.read_text()[-6000:]}")
            time.sleep(0.05)

    def _says_all_ready(self) -> bool:
        """nginx comes after the API."""
        return "all ready" in self.log.read_text()


@contextlib.contextmanager
def supervised(settings: Settings, log: Path, cwd: Path = ROOT) -> Iterator[RunningStack]:
    """`python -m embedded` started, its stream in `log`; stopped at the end."""
    search = os.pathsep.join(filter(None, [str(ROOT), settings.environ.get("PYTHONPATH")]))
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "embedded"],
            env={**settings.environ, "PYTHONPATH": search},
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=die_with(os.getpid()),
        )
    try:
        yield RunningStack(settings, process, log)
    finally:
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()  # its children die with it
            process.wait()


def answers_200(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - a URL of ours
            return bool(answer.status == 200)
    except OSError:
        return False


@pytest.fixture(scope="session")
def running_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """The whole system, ready; data and log in the session's temporary folder."""
    folder = tmp_path_factory.mktemp("stack")
    services = elsewhere()
    if services:
        know_the_passwords(folder / "data")
    with (
        place(folder / "data", **services) as settings,
        supervised(settings, folder / "log") as stack,
    ):
        stack.wait_ready()
        yield stack
