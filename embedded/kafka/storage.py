"""The folder of a broker, formatted once by Kafka's own tool and kept from then on."""

import base64
import json
import os
import shutil
import uuid
from pathlib import Path

from embedded.child import run
from embedded.errors import CannotStart, ChildDied
from embedded.kafka.java import java
from embedded.kafka.properties import properties
from embedded.settings import Settings


def folder(settings: Settings, n: int) -> Path:
    return settings.data_dir / f"kafka-{n + 1}"


def configuration(settings: Settings, n: int) -> Path:
    return settings.data_dir / f"kafka-{n + 1}.properties"


def temporary(settings: Settings) -> Path:
    return settings.data_dir / "kafka-tmp"


async def prepare(settings: Settings, n: int) -> None:
    """Write the configuration of broker `n`; format its folder if it is not there yet."""
    temporary(settings).mkdir(parents=True, exist_ok=True)
    cluster_id = _cluster_id(settings)
    data = folder(settings, n)
    if not data.exists():
        # beside it, then renamed: a format that was cut short is not taken for a finished one
        unfinished = data.with_suffix(".new")
        shutil.rmtree(unfinished, ignore_errors=True)
        configuration(settings, n).write_text(properties(settings, n, unfinished))
        await _format(settings, n, cluster_id)
        unfinished.rename(data)
    configuration(settings, n).write_text(properties(settings, n, data))


def _cluster_id(settings: Settings) -> str:
    """One identity per stack; its number of brokers is for life, the quorum would split."""
    file = settings.data_dir / "kafka-cluster.json"
    if not file.exists():
        made = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        unfinished = file.with_suffix(f".{os.getpid()}")
        unfinished.write_text(json.dumps({"cluster_id": made, "brokers": settings.brokers}))
        unfinished.rename(file)
    cluster = json.loads(file.read_text())
    if cluster["brokers"] != settings.brokers:
        raise CannotStart(
            f"{settings.data_dir} was made with UGC_BROKERS={cluster['brokers']}, "
            f"now it is {settings.brokers}: set it back, or take another UGC_DATA_DIR"
        )
    return str(cluster["cluster_id"])


async def _format(settings: Settings, n: int, cluster_id: str) -> None:
    tool = ("kafka.tools.StorageTool", "format", f"--cluster-id={cluster_id}", "--config")
    code, said = await run(
        *java(settings.environ, settings.kafka_libs, temporary(settings), *tool),
        str(configuration(settings, n)),
    )
    if code != 0:
        lines = said.splitlines()
        raise ChildDied(f"kafka-{n + 1} format", f"exit code {code}", lines[-20:])
