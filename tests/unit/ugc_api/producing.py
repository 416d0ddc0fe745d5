"""Kafka as a test tells it to be: the real Publisher and Producers, over a producer that answers
each record batch by a script and notes what it was given."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast
from uuid import UUID

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaTimeoutError
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record.memory_records import MemoryRecords

from configuration.kafka import Brokers
from tests.unit.ugc_api.bearer import VIEWER
from tests.unit.ugc_events.examples import event
from ugc_api.metrics import Metrics
from ugc_api.publishing.publisher import NotAcknowledged, Publisher
from ugc_events import ViewProgress, decode

ACK, NO_ACK = "ack", "no ack"

ALONE = [("padding", bytes(500_000))]
"""Headers so large that a record batch holds one event."""


@dataclass(frozen=True)
class Raised:
    """By `send_batch` itself; any other error of a script fails the ack."""

    error: Exception


@dataclass(frozen=True)
class Record:
    key: bytes
    headers: Sequence[tuple[str, bytes]]
    event: ViewProgress


@dataclass(frozen=True)
class Sent:
    """A record batch as it was given, `size` in bytes."""

    partition: int
    closed: bool
    size: int
    records: Sequence[Record]


Step = str | Exception | Raised


class ScriptedProducer(AIOKafkaProducer):  # type: ignore[misc]
    """Acknowledges what `script` says nothing of; it goes by partition, a step a record batch."""

    def __init__(self, script: Mapping[int, Sequence[Step]], partitions: int = 1) -> None:
        self._closed = True  # never opened, so there is nothing to leave open
        self._script = {partition: list(steps) for partition, steps in script.items()}
        self._partitions = set(range(partitions))
        self.sent: list[Sent] = []
        self.due: list[asyncio.Future[object]] = []
        """The acks that did not come."""

    async def partitions_for(self, topic: str) -> set[int]:
        return self._partitions

    async def send_batch(
        self, batch: BatchBuilder, topic: str, *, partition: int
    ) -> "asyncio.Future[object]":
        steps = self._script.get(partition)
        step = steps.pop(0) if steps else ACK
        if isinstance(step, Raised):
            await asyncio.sleep(0.005)  # waiting for the batches before it
            raise step.error
        closed, content = batch.closed(), bytes(batch._build())
        self.sent.append(Sent(partition, closed, len(content), _records(content)))
        loop = asyncio.get_running_loop()
        ack: asyncio.Future[object] = loop.create_future()
        if isinstance(step, Exception):
            loop.call_soon(ack.set_exception, step)
        elif step == ACK:
            loop.call_soon(ack.set_result, object())
        else:
            self.due.append(ack)
        return asyncio.shield(ack)  # as aiokafka does


class Kafka:
    """A publisher over a connected producer of that script, or over none."""

    def __init__(
        self,
        *steps: Step,
        script: Mapping[int, Sequence[Step]] | None = None,
        partitions: int = 1,
        connected: bool = True,
        deadline_s: float = 2.0,
    ) -> None:
        self.metrics = Metrics()
        self.producer = ScriptedProducer(script or {0: steps}, partitions)
        self.publisher = Publisher(Brokers("127.0.0.1:9"), "views", deadline_s, self.metrics)
        if connected:
            self.publisher._producers._producer = self.producer

    async def reasons(
        self, events: Sequence[ViewProgress], headers: Sequence[tuple[str, bytes]] = ALONE
    ) -> list[str | None]:
        """Why each of them is not acknowledged; None = it is."""
        outcomes = await self.publisher.publish_all(events, headers)
        assert self.metrics.waiting == 0
        assert all(isinstance(one, NotAcknowledged | None) for one in outcomes)
        return [None if one is None else one.reason for one in outcomes]

    @property
    def replaced(self) -> int:
        """How many producers were given up."""
        name = "ugc_kafka_producers_replaced_total"
        return round(self.metrics.declarations.registry.get_sample_value(name) or 0)


def full() -> Raised:
    """What came before was not taken in time."""
    return Raised(KafkaTimeoutError())


def events(count: int, user_id: UUID = VIEWER) -> list[ViewProgress]:
    """Of one viewer, told apart by their identity and position."""
    return [
        event(user_id=user_id, event_id=UUID(int=n), progress=float(n), total=10_000.0)
        for n in range(count)
    ]


def _records(content: bytes) -> list[Record]:
    batches = MemoryRecords(content)
    found = []
    while (batch := batches.next_batch()) is not None:
        for one in batch:
            headers = cast(Sequence[tuple[str, bytes]], tuple(one.headers))
            found.append(Record(bytes(one.key), headers, decode(bytes(one.value))))
    return found
