"""The commands around the worker, as an operator runs them."""

import asyncio
import os
import re
import sys
from pathlib import Path
from uuid import uuid4

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from msgspec.structs import replace

from embedded import children
from embedded.child import Step
from embedded.settings import ROOT
from tests.stack import RunningStack


async def run(step: Step) -> tuple[int, str]:
    await step.start()
    code = await asyncio.wait_for(step.wait(), timeout=60)
    return code, "\n".join(step.tail)


async def test_topics_and_migrations_can_be_run_again(running_stack: RunningStack) -> None:
    assert await run(children.topics(running_stack.settings)) == (
        0,
        "topics created: none, all are as they must be",
    )
    assert await run(children.migrate(running_stack.settings)) == (
        0,
        "migrations applied: none, all were there",
    )


async def test_a_topic_that_breaks_the_promise_is_named(running_stack: RunningStack) -> None:
    settings, topic = running_stack.settings, f"loose-{uuid4()}"
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap)
    await admin.start()
    try:
        more = {"retention.ms": "-1", "max.message.bytes": "1000"}
        await admin.create_topics([NewTopic(topic, 1, 1, topic_configs=more)])
    finally:
        await admin.close()
    loose = replace(settings, environ={**settings.environ, "KAFKA_TOPIC": topic})
    code, text = await run(children.topics(loose))
    assert code == 1
    assert f"{topic}: 1 partitions, wanted 6" in text
    assert f"{topic}: message.timestamp.type is CreateTime, wanted LogAppendTime" in text
    assert f"{topic}: max.message.bytes is 1000, wanted 1048588" in text
    assert f"{topic}: retention.ms" not in text  # longer than wanted


async def test_an_edited_migration_is_refused(running_stack: RunningStack, tmp_path: Path) -> None:
    settings = running_stack.settings
    checkout = tmp_path / "checkout"
    for folder in (
        "client_gaps",
        "etl",
        "configuration",
        "telemetry",
        "ugc_events",
        "clickhouse",
    ):
        copy = checkout / folder
        copy.mkdir(parents=True)
        for path in (ROOT / folder).rglob("*"):
            target = copy / path.relative_to(ROOT / folder)
            if path.is_dir():
                target.mkdir(exist_ok=True)
            elif path.suffix in (".py", ".sql"):
                target.write_bytes(path.read_bytes())
    edited = checkout / "clickhouse" / "migrations" / "0001_views.sql"
    edited.write_text(edited.read_text() + "\n-- edited")
    step = children.migrate(settings)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "etl",
        "migrate",
        cwd=checkout,
        env={**step.recipe.environment, "PYTHONPATH": str(checkout)},
        stderr=asyncio.subprocess.PIPE,
    )
    _, stderr = await process.communicate()
    assert process.returncode == 1
    assert b"0001_views.sql was edited after it was applied" in stderr


async def test_status_shows_every_partition(running_stack: RunningStack) -> None:
    settings = running_stack.settings
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "etl",
        "status",
        cwd=ROOT,
        env={**os.environ, "KAFKA_BOOTSTRAP_SERVERS": settings.kafka_bootstrap},
        stdout=asyncio.subprocess.PIPE,
    )
    stdout, _ = await process.communicate()
    lines = stdout.decode().splitlines()
    assert process.returncode == 0
    assert lines[0].split() == [
        "partition",
        "earliest",
        "latest",
        "committed",
        "lag",
        "newest",
        "event",
    ]
    assert [re.match(r"\d+", line)[0] for line in lines[1:]] == list("012345")  # type: ignore[index]
