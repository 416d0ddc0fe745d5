"""When, and on what, a run was taken."""

import platform
from datetime import UTC, datetime

from bench.machine import machine


def taken(now: datetime | None = None) -> dict[str, object]:
    """`taken` in UTC, to the second."""
    return {
        "taken": (now or datetime.now(UTC)).isoformat(timespec="seconds"),
        "machine": {**machine(), "python": platform.python_version()},
    }
