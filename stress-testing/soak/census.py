"""The processes of a stack, found as children of its supervisor, and what each has in use."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from processes import MIB, cost

KILLED = ("etl", "api", "kafka", "clickhouse", "nginx worker")
NAMES = {
    "kafka": r"kafka\.Kafka",
    "clickhouse": r"embedded\.clickhouse",
    "etl": r"-m etl run",
    "api": r"-m ugc_api",
    "nginx": r"nginx: master|/nginx -c",
    "nginx worker": r"nginx: worker process$",
}


@dataclass(frozen=True)
class Usage:
    """`own` is the memory that is not a file's (RssAnon), as `resident` in MiB: what Kafka maps of
    its log is the system's to take back."""

    pid: int
    resident: float
    own: float
    handles: int
    threads: int
    cpu_s: float


def census(supervisor: int) -> Mapping[str, int]:
    """Pids by name; of several nginx workers the oldest stands for all."""
    found = {"supervisor": supervisor}
    for pid in sorted(_descendants(supervisor)):
        command = _command(pid)
        for name, pattern in NAMES.items():
            if re.search(pattern, command):
                found.setdefault(name, pid)
    return found


def usage(pid: int) -> Usage:
    """Raises OSError when it has gone."""
    folder = Path(f"/proc/{pid}")
    lines = (line.split() for line in (folder / "status").read_text().splitlines())
    status = {line[0].rstrip(":"): line[1] for line in lines if len(line) > 1}
    if "VmRSS" not in status:
        raise ProcessLookupError(pid)
    return Usage(
        pid=pid,
        resident=round(int(status["VmRSS"]) * 1024 / MIB, 1),
        own=round(int(status["RssAnon"]) * 1024 / MIB, 1),
        handles=len(os.listdir(folder / "fd")),  # noqa: PTH208 - no paths are wanted
        threads=int(status["Threads"]),
        cpu_s=cost(pid).cpu_s,
    )


def _descendants(parent: int) -> set[int]:
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                after_name = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(entry.name)] = int(after_name[1])
    found, left = set[int](), {parent}
    while left:
        left = {pid for pid, above in parents.items() if above in left} - found
        found |= left
    return found


def _command(pid: int) -> str:
    """Empty for one that has ended, even if nobody has waited for it yet."""
    try:
        raw = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return ""
    return raw.replace(b"\0", b" ").decode(errors="replace").strip()
