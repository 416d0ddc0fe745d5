"""How the benchmark measures and prints: CPU time of each process, beside a reference."""

import hashlib
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from processes import MIB, cost

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


@dataclass
class Spent:
    """Microseconds of CPU per event, by process; filled when the measured context ends."""

    us: dict[str, float]


@asynccontextmanager
async def measured(
    title: str, involved: Sequence[Child], events: int, unit_us: float
) -> AsyncIterator[Spent]:
    """Print what each child spent per event while the context lasted."""
    before = [cost(child.pid) for child in involved]
    spent = Spent({})
    yield spent
    say(f"\n{title}: {events} events")
    say(f"{'':12}{'CPU us/event':>14}{'ratio to reference':>20}{'MiB':>8}")
    for child, earlier in zip(involved, before, strict=True):
        now = cost(child.pid)
        per_event = spent.us[child.name] = (now.cpu_s - earlier.cpu_s) / events * 1e6
        say(
            f"{child.name:12}{per_event:>14.2f}{per_event / unit_us:>20.3f}"
            f"{now.resident / MIB:>8.0f}"
        )
