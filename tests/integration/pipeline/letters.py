"""The dead letters of a topic: `python -m etl dead-letters` and what their records say."""

import asyncio
import json
import sys
from dataclasses import dataclass
from uuid import UUID

from aiokafka import ConsumerRecord
from msgspec.structs import replace

from embedded import children
from embedded.settings import ROOT
from tests.integration.pipeline.topic import fresh
from tests.stack import RunningStack
from ugc_events import ViewProgress


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    def facts(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.out.splitlines()]


class Operator:
    """Runs `python -m etl dead-letters` for one topic."""

    def __init__(self, stack: RunningStack, topic: str) -> None:
        environ = {**stack.settings.environ, "KAFKA_TOPIC": topic}
        worker = children.etl(replace(stack.settings, environ=environ))
        self._environment = worker.recipe.environment

    async def runs(self, *arguments: str, stdin: int = asyncio.subprocess.DEVNULL) -> Ran:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "etl",
            "dead-letters",
            *arguments,
            cwd=ROOT,
            env=self._environment,
            stdin=stdin,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await asyncio.wait_for(process.communicate(), timeout=60)
        assert process.returncode is not None
        return Ran(process.returncode, out.decode(), err.decode())

    async def heads(self, argument: str) -> tuple[int, str]:
        """Lines on stdout, and stderr, when whoever reads leaves after two lines."""
        process = await asyncio.create_subprocess_shell(
            f"{sys.executable} -m etl dead-letters {argument} | head -n 2",
            cwd=ROOT,
            env=self._environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await asyncio.wait_for(process.communicate(), timeout=60)
        return out.count(b"\n"), err.decode()


def of_film(film: UUID, number: int) -> ViewProgress:
    return replace(
        fresh(), film_id=film, user_id=UUID(int=number % 1000), event_id=UUID(int=number)
    )


def headers(record: ConsumerRecord) -> dict[str, str]:
    """The worker's own."""
    return {name: value.decode() for name, value in record.headers[-4:]}


def source(record: ConsumerRecord) -> tuple[int, int]:
    found = headers(record)
    return int(found["source_partition"]), int(found["source_offset"])
