"""A topic read again, by a consumer of our own making."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaTimeoutError

from etl import history
from etl.history import History, Span
from tests.unit.etl.records import P0, good


class ScriptedConsumer(AIOKafkaConsumer):  # type: ignore[misc]
    """Hands out the given fetches, then nothing."""

    def __init__(self, fetches: list[list[ConsumerRecord]]) -> None:
        self.fetches = fetches
        self.at = 0

    def __del__(self) -> None:
        pass  # there is nothing to close

    def assign(self, partitions: Sequence[TopicPartition]) -> None:
        assert list(partitions) == [P0]

    def seek(self, partition: TopicPartition, offset: int) -> None:
        self.at = offset

    def pause(self, *partitions: TopicPartition) -> None:
        pass

    async def position(self, partition: TopicPartition) -> int:
        return self.at

    async def getmany(
        self, timeout_ms: int, max_records: int
    ) -> Mapping[TopicPartition, Sequence[ConsumerRecord]]:
        await asyncio.sleep(0.001)
        if not self.fetches:
            return {}
        records = self.fetches.pop(0)
        self.at = records[-1].offset + 1
        return {P0: records}


def past(fetches: list[list[ConsumerRecord]]) -> History:
    return History(ScriptedConsumer(fetches), AIOKafkaAdminClient.__new__(AIOKafkaAdminClient))


async def test_a_silent_kafka_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "_SILENCE_S", 0.05)
    with pytest.raises(KafkaTimeoutError):
        async for _ in past([[good(0)]]).read([Span(P0, 0, 2)]):
            pass


async def test_a_slow_reader_is_no_silence_of_kafka(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "_SILENCE_S", 0.05)
    read = []
    async for records in past([[good(0)], [good(1)]]).read([Span(P0, 0, 2)]):
        read += [one.offset for one in records]
        await asyncio.sleep(0.1)  # longer than the silence allowed
    assert read == [0, 1]
