"""The stores that are compared: two engines, each with and without waiting for the disk.

As the product has it, ClickHouse answers an insert when the kernel has the rows: they survive the
death of the process, not that of the machine; there the replica has them, and Kafka.
"""

import os
import statistics
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from storage.clickhouse import clickhouse
from storage.postgres_server import tuned
from storage.postgresql import postgresql
from storage.store import Candidate

MEMORY = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")

Opening = Callable[[Path], AbstractAsyncContextManager[Candidate]]

CANDIDATES: Mapping[str, Opening] = {
    "ClickHouse": lambda folder: clickhouse(folder, fsync=False),
    "ClickHouse+fsync": lambda folder: clickhouse(folder, fsync=True),
    "PostgreSQL": lambda folder: postgresql(tuned(MEMORY)),
    # what it has committed in the last half second may be gone with the machine; never torn
    "PostgreSQL+async": lambda folder: postgresql({**tuned(MEMORY), "synchronous_commit": "off"}),
}


def fsync_ms(folder: Path, times: int = 50) -> float:
    """What the disk of this folder takes to keep 4 KiB: the median."""
    took = []
    with (folder / "fsync").open("wb") as file:
        for _ in range(times):
            file.write(bytes(4096))
            file.flush()
            started = time.perf_counter()
            os.fsync(file.fileno())
            took.append((time.perf_counter() - started) * 1000)
    return statistics.median(took)
