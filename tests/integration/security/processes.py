"""The API's process of a running stack, as the kernel sees it."""

import os
from pathlib import Path

from tests.stack import RunningStack


def api_of(stack: RunningStack) -> int:
    """Its process id."""
    supervisor = stack.process.pid
    children = Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text().split()
    (api,) = [pid for pid in children if b"ugc_api" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    return int(api)


def forget_peak(pid: int) -> None:
    """Let VmHWM begin again at what is held now."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def peak(pid: int) -> int:
    """The most bytes of memory it ever held since."""
    return _status(pid, "VmHWM")


def resident(pid: int) -> int:
    """Bytes of memory that it holds now."""
    return _status(pid, "VmRSS")


def cpu_seconds(pid: int) -> float:
    """Time of processors that it has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _status(pid: int, name: str) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    (line,) = [line for line in status.splitlines() if line.startswith(f"{name}:")]
    return int(line.split()[1]) * 1024
