"""A record of the topic under audit."""

from dataclasses import replace
from typing import NamedTuple

from aiokafka import ConsumerRecord

from etl.audit.claim import Claim, read


class Entry(NamedTuple):
    record: ConsumerRecord
    claim: Claim | None
    """What it says; None when it cannot be held against any row."""

    @classmethod
    def of(cls, record: ConsumerRecord) -> "Entry":
        return cls(record, read(record.value))

    @property
    def place(self) -> str:
        """`<partition>-<offset>`, as in a receipt."""
        return f"{self.record.partition}-{self.record.offset}"

    @property
    def size(self) -> int:
        """Bytes of the value."""
        return len(self.record.value or b"")

    def without_value(self) -> "Entry":
        """To be kept for long."""
        return Entry(replace(self.record, key=None, value=None, headers=()), self.claim)
