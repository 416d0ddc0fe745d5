"""What a run was measured on: facts of the machine and versions, without its names or paths."""

import os
import platform
import re
from importlib.metadata import version
from pathlib import Path

from embedded.settings import Settings
from tests.analyst import Analyst

PACKAGES = ("aiokafka", "aiochclient", "fastapi", "pydantic", "uvicorn", "uvloop", "orjson")


def machine() -> dict[str, str | int]:
    model = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    return {
        "processor": model[1] if model else platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30),
        "system": platform.system(),
    }


async def versions(settings: Settings) -> dict[str, str]:
    """Of a running stack."""
    kafka = next(settings.kafka_libs.glob("kafka-clients-*.jar")).stem
    return {
        "python": platform.python_version(),
        "kafka": kafka.rpartition("-")[2],
        "engine": await Analyst(settings).value("SELECT version()"),
        **{name: version(name) for name in PACKAGES},
    }
