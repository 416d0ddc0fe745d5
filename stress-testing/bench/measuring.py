"""CPU time of processes, beside a reference that the machine's speed is read from."""

import hashlib
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from processes import children, cost

from embedded.child import Child


def say(text: str = "") -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def reference_us() -> float:
    """Microseconds of CPU for SHA-256 of 64 KiB here and now: what other figures are ratios to."""
    block, rounds = bytes(65536), 2000
    started = time.process_time()
    for _ in range(rounds):
        hashlib.sha256(block).digest()
    return (time.process_time() - started) / rounds * 1e6


def cpu_s(child: Child) -> float:
    """Of a running child and the workers it has (nginx)."""
    return sum(cost(pid).cpu_s for pid in (child.pid, *children(child.pid)))


@contextmanager
def spending(involved: Mapping[str, Child]) -> Iterator[dict[str, float]]:
    """What each spent in microseconds of CPU; filled when the context ends."""
    before = {name: cpu_s(child) for name, child in involved.items()}
    spent: dict[str, float] = {}
    yield spent
    for name, child in involved.items():
        spent[name] = (cpu_s(child) - before[name]) * 1e6
