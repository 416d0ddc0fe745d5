"""What a process has cost so far, read from /proc."""

import os
from dataclasses import dataclass
from pathlib import Path

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
MIB = 1024 * 1024


@dataclass(frozen=True)
class Cost:
    """CPU seconds (user and system, all threads) and resident bytes."""

    cpu_s: float
    resident: int


def cost(pid: int | None) -> Cost:
    """Of a living process; its ended children are not counted."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    ticks = int(after_name[11]) + int(after_name[12])
    resident = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return Cost(ticks / _TICKS_PER_SECOND, resident * _PAGE)


def children(pid: int | None) -> list[int]:
    """Of the main thread of a living process."""
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def family_cpu_s(pid: int | None) -> float:
    """CPU seconds of a living process, its living children, and those that ended."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    ended = (int(after_name[13]) + int(after_name[14])) / _TICKS_PER_SECOND
    return cost(pid).cpu_s + ended + sum(map(_cpu_s_if_alive, children(pid)))


def _cpu_s_if_alive(pid: int) -> float:
    try:
        return cost(pid).cpu_s
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
