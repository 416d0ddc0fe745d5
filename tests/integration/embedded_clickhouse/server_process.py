"""The real server as a child process, with a free port and a folder of its own."""

import os
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType

import httpx

from embedded.clickhouse.settings import NAMED_USERS

START_S = 20.0
PASSWORDS = ",".join(f"{user}={user}-secret" for user in NAMED_USERS)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class ServerProcess:
    """Started in `with`; ended there too, by force if a test left it running."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.metrics_port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/"
        self.log = folder / f"server-{self.port}.log"

    def __enter__(self) -> "ServerProcess":
        environment = {
            **os.environ,
            "UGC_CLICKHOUSE_PORT": str(self.port),
            "UGC_METRICS_PORT": str(self.metrics_port),
            "UGC_DATA_DIR": str(self.folder),
            "UGC_CLICKHOUSE_PASSWORDS": PASSWORDS,
        }
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "embedded.clickhouse"],
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(10)

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(f"ended with {self.process.returncode}: {self.said()}")
            try:
                if httpx.get(f"{self.url}ping", timeout=1).text == "Ok.\n":
                    return
            except httpx.TransportError:
                time.sleep(0.02)
        raise AssertionError(f"not ready: {self.said()}")

    def arriving(self) -> int:
        """Bytes of rows that it holds of inserts under way."""
        held = 0
        for file in Path(f"/proc/{self.process.pid}/fd").iterdir():
            with suppress(FileNotFoundError):
                held += file.stat().st_size if "memfd:rows" in str(file.readlink()) else 0
        return held

    def said(self) -> str:
        return self.log.read_text()

    def post(self, query: str, /, **parameters: str) -> httpx.Response:
        return httpx.post(self.url, params=parameters, content=query.encode(), timeout=30)

    def ask(self, query: str, /, **parameters: str) -> str:
        """The answer's text; fails unless the status is 200."""
        answer = self.post(query, **parameters)
        assert answer.status_code == 200, answer.text
        return answer.text.rstrip("\n")

    def wait_until(self, query: str, expected: str, within_s: float = 10.0) -> None:
        deadline = time.monotonic() + within_s
        while (found := self.ask(query)) != expected:
            assert time.monotonic() < deadline, f"{query}: {found!r}, not {expected!r}"
            time.sleep(0.02)
