"""Before and after each attack: what it must not have changed."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from tests.integration.front_door.test_log import FIELDS
from tests.integration.security.processes import api_of
from tests.integration.security.strangers import LIST
from tests.stack import RunningStack
from tests.waiting import until

PARTITIONS = 6
WRITERS = {"nginx", "api"}
LOGGERS = {"ugc_api.ingest.routes", "ugc_api.ingest.batches", "uvicorn.error"}
Ends = Callable[[], Awaitable[dict[TopicPartition, int]]]


@pytest.fixture(scope="session")
async def ends(running_stack: RunningStack) -> AsyncIterator[Ends]:
    """Asks for the end of each partition of the topic."""
    consumer = AIOKafkaConsumer(bootstrap_servers=running_stack.settings.kafka_bootstrap)
    partitions = [TopicPartition("views", n) for n in range(PARTITIONS)]
    await consumer.start()
    try:
        yield lambda: consumer.end_offsets(partitions)
    finally:
        await consumer.stop()


@pytest.fixture
async def nothing_published(ends: Ends) -> AsyncIterator[None]:
    """No event came of whatever the test did."""
    before = await ends()
    yield
    assert await ends() == before


@pytest.fixture(scope="session")
async def asking() -> AsyncIterator[httpx.AsyncClient]:
    """One client for all: each new one takes as long as several attacks."""
    async with httpx.AsyncClient(timeout=20, trust_env=False, verify=False) as client:  # noqa: S501
        yield client


@pytest.fixture(autouse=True)
async def unharmed(running_stack: RunningStack, asking: httpx.AsyncClient) -> AsyncIterator[None]:
    """The same process of the API is there and ready, and it met with nothing unexpected."""
    process, said = api_of(running_stack), running_stack.log.stat().st_size
    yield
    settings = running_stack.settings
    assert (await asking.get(f"{settings.api_url}/readyz")).status_code == 200
    assert (await asking.get(f"{settings.front_url}/api")).json()["code"] == "not_found"
    assert api_of(running_stack) == process
    with running_stack.log.open("rb") as log:
        log.seek(said)
        said_by_it = [line for line in log if line.startswith(b"api")]
    assert [line for line in said_by_it if b'"ERROR"' in line or b"Traceback" in line] == []


@pytest.fixture(params=["nginx", "api"])
def door(request: pytest.FixtureRequest, running_stack: RunningStack) -> str:
    """The address of the front door, then of the API itself: each has to stand alone."""
    settings = running_stack.settings
    return settings.front_url if request.param == "nginx" else settings.api_url


@pytest.fixture
def port(door: str) -> int:
    return int(door.rpartition(":")[2])


@pytest.fixture
async def sound_log(running_stack: RunningStack, asking: httpx.AsyncClient) -> AsyncIterator[None]:
    """Each line that nginx and the API write meanwhile is one JSON object, of fields of theirs."""
    start, mark = running_stack.log.stat().st_size, uuid4().hex
    yield
    await asking.post(running_stack.settings.front_url + LIST, headers={"X-Request-Id": mark})
    read = partial(lines_since, running_stack.log, start)
    await until(lambda: [text.count(mark) for _, text in read()].count(1) == len(WRITERS))
    for name, text in read():
        line = json.loads(text)
        assert "\ufffd" not in text, "bytes of no text, which the supervisor replaced"
        assert line.keys() == FIELDS if name == "nginx" else line["logger"] in LOGGERS, text


def lines_since(log: Path, start: int) -> list[tuple[str, str]]:
    """Who wrote it, and the line; whole ones of WRITERS."""
    with log.open("rb") as stream:
        stream.seek(start)
        found = [line.decode().partition(" | ") for line in stream if line.endswith(b"\n")]
    return [(name.strip(), text) for name, _, text in found if name.strip() in WRITERS]
