"""Records many at a time: a whole record batch, or as much of it as there is room for.

To aiokafka's loop over the records of a batch a piece is one record, with the offset of its last.
"""

from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import Any


class Piece(list[Any]):
    """Records of one batch that follow one another; never none."""

    @property
    def offset(self) -> int:
        last: int = self[-1].offset
        return last

    def since(self, offset: int) -> Sequence[Any]:
        """Those from `offset` on: a batch may begin before the position that was asked for."""
        if self[0].offset >= offset:
            return self
        return [record for record in self if record.offset >= offset]


class InPieces:
    """Record batches as `records` gives them out, each of them in pieces of at most `room`."""

    def __init__(self, records: Any, room: int | None = None) -> None:
        self.room = room
        self._records = records

    def has_next(self) -> Any:
        return self._records.has_next()

    def next_batch(self) -> Any:
        return _Batch(self._records.next_batch(), self)


class _Batch:
    def __init__(self, batch: Any, of: InPieces) -> None:
        self._batch = batch
        self._of = of

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def __iter__(self) -> Iterator[Piece]:
        # A batch begins anew when it is asked again after its end, or for another iterator.
        records = chain(self._batch)
        while piece := Piece(islice(records, self._of.room)):
            yield piece

    def __next__(self) -> Any:
        """A control record, which is what it is asked for."""
        return next(self._batch)
