"""Records with header names that are no text, among others, in fetches of any shape."""

from collections.abc import Callable

import aiokafka.consumer.fetcher as fetcher
import pytest
from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy

from client_gaps import bare, mend_records
from tests.unit.client_gaps.odd_name import OddName

Read = Callable[..., list[tuple[int, str]]]

PARTITION = TopicPartition("views", 0)


def batch(first: int, odd: set[int], codec: int = 0) -> bytes:
    """Three records from offset `first`."""
    builder = _DefaultRecordBatchBuilderPy(2, codec, 0, -1, -1, -1, 1_000_000)
    for n in range(3):
        name = OddName("odd") if n in odd else "request_id"
        value = f"value {first + n}".encode() * 50
        builder.append(n, timestamp=None, key=b"k", value=value, headers=[(name, b"\xff")])
    data = bytearray(builder.build())
    data[:8] = first.to_bytes(8, "big")
    return bytes(data)


@pytest.fixture(params=[None, bare], ids=["wrapped", "bare"])
def read(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Read:
    """Offset and header name of each record, as the consumer's fetcher takes them out."""
    for name in ("MemoryRecords", "PartitionRecords"):
        monkeypatch.setattr(fetcher, name, getattr(fetcher, name))  # to be put back
    mend_records()

    def read(data: bytes, position: int = 0) -> list[tuple[int, str]]:
        records = fetcher.PartitionRecords(
            PARTITION, fetcher.MemoryRecords(data), [], position, None, request.param, True, 0
        )
        found = list(records)
        for record in found:
            assert isinstance(record, ConsumerRecord) is (request.param is None)
            assert (record.key, record.value) == (b"k", f"value {record.offset}".encode() * 50)
        assert records.next_fetch_offset == found[-1].offset + 1
        return [(record.offset, record.headers[0][0]) for record in found]

    return read


@pytest.mark.parametrize("codec", range(5))
@pytest.mark.parametrize("odd", [{0}, {1}, {2}, {0, 2}])
def test_each_record_is_read_once_and_in_order(odd: set[int], codec: int, read: Read) -> None:
    data = batch(0, set()) + batch(3, odd, codec) + batch(6, set()) + batch(9, odd)
    found = read(data)
    assert [offset for offset, _ in found] == list(range(12))
    odd_ones = {offset for offset, name in found if name == r"\xff\xfe"}
    assert odd_ones == {3 + n for n in odd} | {9 + n for n in odd}


def test_what_was_read_before_is_not_read_again(read: Read) -> None:
    found = read(batch(0, {0}) + batch(3, {1}), position=2)
    assert [offset for offset, _ in found] == [2, 3, 4, 5]
