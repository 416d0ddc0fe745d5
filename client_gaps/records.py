"""Records as the consumer hands them out.

- A header name that is not UTF-8 raises UnicodeDecodeError out of `getmany`, for the whole fetch
  and again each time: one record of a foreign program would stand its partition still. Kafka itself
  takes any bytes. Names come out with the odd bytes as `\\xff`; keys and values are as they were.
- Each record is wrapped in a data class of eleven fields and goes through three loops, which takes
  longer than finding it. A consumer made with `value_deserializer=bare` gets `Record`s as they lay
  in their record batch, and a batch at a time, see pieces.py.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import aiokafka.consumer.fetcher as fetcher
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import MemoryRecords, _MemoryRecordsPy

from client_gaps.pieces import InPieces, Piece


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
    """The value as it is. By this function a consumer is known that wants no wrapping; it is read
    by `getmany` and nothing else."""
    return value


def mend_records() -> None:
    """For all consumers of this process, from now on."""
    fetcher.MemoryRecords = _KeptRecords
    fetcher.PartitionRecords = _PartitionRecords
    fetcher.FetchResult = _FetchResult


class _KeptRecords(MemoryRecords):  # type: ignore[misc]  # untyped client
    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.data = data


class _FetchResult(fetcher.FetchResult):  # type: ignore[misc]  # untyped client
    def getall(self, max_records: int | None = None) -> list[Any]:
        """As it is, but by the piece. If reading fails nothing was taken of this partition: its
        position stays. Of others it may have been taken by the same poll, as ever."""
        records = self._partition_records
        if not (isinstance(records, _PartitionRecords) and records.in_pieces):
            found: list[Any] = super().getall(max_records)
            return found
        if not self.check_assignment(self._topic_partition):
            return []
        taken: list[Any] = []
        records.leave_room(max_records)
        for piece in records:
            taken += piece
            if max_records is not None:
                records.leave_room(max_records - len(taken))
                if len(taken) >= max_records:
                    break
        else:
            self._partition_records: Any = None
        self._assignment.state_value(self._topic_partition).consumed_to(records.next_fetch_offset)
        return taken


class _PartitionRecords(fetcher.PartitionRecords):  # type: ignore[misc]  # untyped client
    """A fetch of one partition: read fast, and if need be from its beginning again, patiently."""

    _reached = -1

    def __init__(self, tp: Any, records: Any, *more: Any) -> None:
        super().__init__(tp, records, *more)
        self.in_pieces = self._value_deserializer is bare
        self._data = records.data
        self._records: Any = InPieces(records) if self.in_pieces else records

    @property
    def next_fetch_offset(self) -> int:
        return self._reached

    @next_fetch_offset.setter
    def next_fetch_offset(self, offset: int) -> None:
        # Reading from the beginning again does not go back behind what was handed out.
        self._reached = max(self._reached, offset)

    def leave_room(self, at_most: int | None) -> None:
        self._records.room = at_most

    def __next__(self) -> Any:
        try:
            return next(self._records_iterator)
        except UnicodeDecodeError:
            patient = _PatientRecords(self._data)
            self._records = InPieces(patient, self._records.room) if self.in_pieces else patient
            self._records_iterator: Iterator[Any] = self._unpack_records()
            return next(self._records_iterator)

    def _consumer_record(self, tp: Any, record: Any) -> Any:
        if isinstance(record, Piece):
            return record.since(self.next_fetch_offset)
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
