"""Records taken out of fetches of any shape, with header names that are no text among others."""

from collections.abc import Callable

import aiokafka.consumer.fetcher as fetcher
import pytest
from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.consumer.subscription_state import Assignment
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy

from client_gaps import bare, mend_records
from tests.unit.client_gaps.odd_name import OddName

PARTITION = TopicPartition("views", 0)
CONTROL = 0x20
"""A batch's attribute, in the second of these two bytes."""
ATTRIBUTES_AT = 22


def batch(first: int, odd: frozenset[int] = frozenset(), codec: int = 0) -> bytes:
    """Three records from offset `first`."""
    builder = _DefaultRecordBatchBuilderPy(2, codec, 0, -1, -1, -1, 1_000_000)
    for n in range(3):
        name = OddName("odd") if n in odd else "request_id"
        value = f"value {first + n}".encode() * 50
        builder.append(n, timestamp=None, key=b"k", value=value, headers=[(name, b"\xff")])
    data = bytearray(builder.build())
    data[:8] = first.to_bytes(8, "big")
    return bytes(data)


def changed(data: bytes, place: int, to: int) -> bytes:
    return data[:place] + bytes([to]) + data[place + 1 :]


class Fetch:
    """What the consumer has fetched of a partition, and how far it has taken it."""

    def __init__(
        self, deserializer: Callable[..., object] | None, data: bytes, position: int, checked: bool
    ) -> None:
        self.wrapped = deserializer is None
        self._state = (assignment := Assignment([PARTITION])).state_value(PARTITION)
        self._state.seek(position)
        records = fetcher.PartitionRecords(
            PARTITION, fetcher.MemoryRecords(data), [], position, None, deserializer, checked, 0
        )
        self._result = fetcher.FetchResult(
            PARTITION, assignment=assignment, partition_records=records, backoff=0.0
        )

    @property
    def position(self) -> int:
        found: int = self._state.position
        return found

    def seek(self, position: int) -> None:
        self._state.seek(position)

    def take(self, at_most: int | None) -> list[tuple[int, str]]:
        """Offset and header name of each record, as `getmany` takes them."""
        found = self._result.getall(at_most)
        for record in found:
            assert isinstance(record, ConsumerRecord) is self.wrapped
            assert (record.key, record.value) == (b"k", f"value {record.offset}".encode() * 50)
        return [(record.offset, record.headers[0][0]) for record in found]

    def take_all(self, at_most: int | None) -> list[tuple[int, str]]:
        """In as many calls as it takes, each of them up to where the position then is."""
        taken: list[tuple[int, str]] = []
        while self._result.has_more():
            some = self.take(at_most)
            assert at_most is None or len(some) <= at_most
            assert not some or self.position == some[-1][0] + 1
            taken += some
        return taken


Take = Callable[..., Fetch]


@pytest.fixture(params=[None, bare], ids=["wrapped", "bare"])
def fetched(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Take:
    for name in ("MemoryRecords", "PartitionRecords", "FetchResult"):
        monkeypatch.setattr(fetcher, name, getattr(fetcher, name))  # to be put back
    mend_records()
    return lambda data, position=0, checked=True: Fetch(request.param, data, position, checked)


AT_MOST = [None, 1, 2, 3, 4, 100]


@pytest.mark.parametrize("at_most", AT_MOST)
@pytest.mark.parametrize("codec", range(5))
@pytest.mark.parametrize("odd", [{0}, {1}, {2}, {0, 2}])
async def test_each_record_is_read_once_and_in_order(
    odd: set[int], codec: int, at_most: int | None, fetched: Take
) -> None:
    some = frozenset(odd)
    data = batch(0) + batch(3, some, codec) + batch(6) + batch(9, some)
    found = fetched(data).take_all(at_most)
    assert [offset for offset, _ in found] == list(range(12))
    odd_ones = {offset for offset, name in found if name == r"\xff\xfe"}
    assert odd_ones == {3 + n for n in odd} | {9 + n for n in odd}


@pytest.mark.parametrize("at_most", AT_MOST)
@pytest.mark.parametrize("odd", [frozenset[int](), frozenset([1])])
async def test_what_was_read_before_is_not_read_again(
    odd: frozenset[int], at_most: int | None, fetched: Take
) -> None:
    found = fetched(batch(0) + batch(3, odd) + batch(6), position=4).take_all(at_most)
    assert [offset for offset, _ in found] == [4, 5, 6, 7, 8]


async def test_offsets_that_a_compaction_left_out_are_passed(fetched: Take) -> None:
    fetch = fetched(batch(0) + batch(30) + batch(600))
    assert [offset for offset, _ in fetch.take(4)] == [0, 1, 2, 30]
    assert [offset for offset, _ in fetch.take_all(None)] == [31, 32, 600, 601, 602]
    assert fetch.position == 603


async def test_control_batches_are_passed_and_not_handed_out(fetched: Take) -> None:
    control = changed(batch(0), ATTRIBUTES_AT, CONTROL)
    fetch = fetched(control + batch(3), checked=False)  # its checksum was another one's
    assert [offset for offset, _ in fetch.take(None)] == [3, 4, 5]
    alone = fetched(control, checked=False)
    assert alone.take(None) == []
    assert alone.position == 3


@pytest.mark.parametrize("at_most", [None, 100])
async def test_of_a_fetch_with_a_broken_batch_nothing_is_passed_unread(
    at_most: int | None, fetched: Take
) -> None:
    """The batches before it are not handed out with it: they have to be fetched again."""
    broken = batch(6)
    fetch = fetched(batch(0) + batch(3) + changed(broken, len(broken) - 1, 0xAA))
    with pytest.raises(CorruptRecordException):
        fetch.take(at_most)
    assert fetch.position == 0
    assert fetch.take(at_most) == []
    assert fetch.position == 0


async def test_what_was_taken_before_a_broken_batch_stays_taken(fetched: Take) -> None:
    broken = batch(3)
    fetch = fetched(batch(0) + changed(broken, len(broken) - 1, 0xAA))
    assert [offset for offset, _ in fetch.take(2)] == [0, 1]
    with pytest.raises(CorruptRecordException):
        fetch.take(2)
    assert fetch.position == 2


async def test_after_a_seek_the_rest_of_a_fetch_is_dropped(fetched: Take) -> None:
    fetch = fetched(batch(0) + batch(3))
    assert len(fetch.take(2)) == 2
    fetch.seek(0)
    assert fetch.take(2) == []
    assert fetch.position == 0
