"""Records whose header names are not UTF-8, made readable.

aiokafka raises UnicodeDecodeError out of `getmany`, for the whole fetch and again each time: one
record of a foreign program would stand its partition still. Kafka itself takes any bytes. Names
come out with the odd bytes as `\\xff`; keys and values are as they were.
"""

from collections.abc import Iterator
from itertools import dropwhile
from typing import Any

import aiokafka.consumer.fetcher as fetcher
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import MemoryRecords, _MemoryRecordsPy


def read_odd_headers() -> None:
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
            return super().__next__()
        except UnicodeDecodeError:
            handed_out = self.next_fetch_offset
            self._records: Any = _PatientRecords(self._records.data)
            self._records_iterator: Iterator[Any] = dropwhile(
                lambda record: record.offset < handed_out, self._unpack_records()
            )
            return super().__next__()


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
