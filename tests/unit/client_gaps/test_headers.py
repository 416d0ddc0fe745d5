"""Records with header names that are no text, among others, in fetches of any shape."""

import aiokafka.consumer.fetcher as fetcher
import pytest
from aiokafka import TopicPartition
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy

from client_gaps import read_odd_headers
from tests.unit.client_gaps.odd_name import OddName

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


def read(data: bytes, monkeypatch: pytest.MonkeyPatch, position: int = 0) -> list[tuple[int, str]]:
    """Offset and header name of each record, as the consumer's fetcher takes them out."""
    for name in ("MemoryRecords", "PartitionRecords"):
        monkeypatch.setattr(fetcher, name, getattr(fetcher, name))  # to be put back
    read_odd_headers()
    records = fetcher.PartitionRecords(
        PARTITION, fetcher.MemoryRecords(data), [], position, None, None, True, 0
    )
    found = list(records)
    for record in found:
        assert record.value == f"value {record.offset}".encode() * 50
    return [(record.offset, record.headers[0][0]) for record in found]


@pytest.mark.parametrize("codec", range(5))
@pytest.mark.parametrize("odd", [{0}, {1}, {2}, {0, 2}])
def test_each_record_is_read_once_and_in_order(
    odd: set[int], codec: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = batch(0, set()) + batch(3, odd, codec) + batch(6, set()) + batch(9, odd)
    found = read(data, monkeypatch)
    assert [offset for offset, _ in found] == list(range(12))
    odd_ones = {offset for offset, name in found if name == r"\xff\xfe"}
    assert odd_ones == {3 + n for n in odd} | {9 + n for n in odd}


def test_what_was_read_before_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    found = read(batch(0, {0}) + batch(3, {1}), monkeypatch, position=2)
    assert [offset for offset, _ in found] == [2, 3, 4, 5]
