"""Records as the consumer hands them out.

- A header name that is not UTF-8 raises UnicodeDecodeError out of `getmany`, for the whole fetch
  and again each time: one record of a foreign program would stand its partition still. Kafka itself
  takes any bytes. Names come out with the odd bytes as `\\xff`; keys and values are as they were.
- Each record is wrapped in a data class of eleven fields, which takes as long as finding it. A
  consumer made with `value_deserializer=bare` gets `Record`s, as they lay in their record batch.
"""

from collections.abc import Iterator, Sequence
from itertools import dropwhile
from typing import Any, Protocol

import aiokafka.consumer.fetcher as fetcher
from aiokafka import TopicPartition
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import MemoryRecords, _MemoryRecordsPy


class Record(Protocol):
    """What one has of a record whose partition one knows; a ConsumerRecord is one too."""

    @property
    def offset(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Sequence[tuple[str, bytes]]: ...


def bare(value: bytes | None) -> bytes | None:
    """The value as it is. By this function a consumer is known that wants no wrapping."""
    return value


def mend_records() -> None:
    """For all consumers of this process, from now on."""
    fetcher.MemoryRecords = _KeptRecords
    fetcher.PartitionRecords = _PartitionRecords


class _KeptRecords(MemoryRecords):  # type: ignore[misc]  # untyped client
    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.data = data


class _PartitionRecords(fetcher.PartitionRecords):  # type: ignore[misc]  # untyped client
    """A fetch of one partition: read fast, and if need be from its beginning again, patiently."""

    def __next__(self) -> Any:
        try:
            return next(self._records_iterator)
        except UnicodeDecodeError:
            handed_out = self.next_fetch_offset
            self._records: Any = _PatientRecords(self._records.data)
            self._records_iterator: Iterator[Any] = dropwhile(
                lambda record: record.offset < handed_out, self._unpack_records()
            )
            return next(self._records_iterator)

    def _consumer_record(self, tp: TopicPartition, record: Any) -> Any:
        if self._value_deserializer is bare:
            return record
        return super()._consumer_record(tp, record)


class _PatientRecords(_MemoryRecordsPy):  # type: ignore[misc]  # untyped client
    def next_batch(self) -> Any:
        part = self._next_slice
        batch = super().next_batch()
        return batch if batch is None or batch.magic < 2 else _PatientBatch(part)


class _PatientBatch(_DefaultRecordBatchPy):  # type: ignore[misc]  # untyped client
    def __iter__(self) -> Any:
        self._maybe_uncompress()
        self._buffer: bytearray = _Patient(self._buffer)
        return self


class _Patient(bytearray):
    """Whose slices are text whatever they hold."""

    def __getitem__(self, part: Any) -> Any:
        found = super().__getitem__(part)
        return _Patient(found) if isinstance(part, slice) else found

    def decode(self, encoding: str = "utf-8", errors: str = "backslashreplace") -> str:
        return super().decode(encoding, errors)
