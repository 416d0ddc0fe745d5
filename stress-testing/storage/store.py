"""What a store has to do for the product, and what is asked of its server beside that.

Both stores keep the same (events, latest and furthest positions, a viewer's days) and
promise the same of them: an event that comes again changes nothing.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from storage.events import Event


class Position(NamedTuple):
    """`progress` and `total` in milliseconds."""

    progress: int
    total: int
    event_time: datetime
    event_id: UUID


class Film(NamedTuple):
    """`reached` is the sum of its viewers' furthest points, in milliseconds."""

    film_id: UUID
    viewers: int
    completions: int
    reached: int


class Census(NamedTuple):
    """Of all stored events; a row that is lost, twice or different changes it. Milliseconds."""

    events: int
    progress: int
    total: int
    event_time: int
    received_at: int


class Store(Protocol):
    def encode(self, events: Sequence[Event]) -> bytes:
        """As the store takes them; not measured."""

    async def insert(self, batch: bytes) -> None:
        """Encoded events, all of them or none. They are stored when it returns."""

    async def positions(self, viewer: UUID, film: UUID) -> Mapping[str, Position]:
        """`latest` and `furthest`: where did I stop?"""

    async def most_watched(self, days: int, rows: int) -> Sequence[Film]:
        """Of the last days, today included; by viewers. From the viewers' days."""

    async def viewers_per_day(self) -> Sequence[tuple[date, int]]:
        """From the events themselves: a question that no table was made for."""


class Server(Protocol):
    async def settle(self) -> None:
        """Returns when the work that inserts put off is done."""

    async def flush(self) -> None:
        """Returns when all that is stored is on the disk, a checkpoint."""

    async def census(self) -> Census: ...

    async def disk_bytes(self) -> Mapping[str, int]:
        """By table, with its indexes."""

    async def version(self) -> str: ...

    def cpu_s(self) -> float:
        """CPU seconds of all its processes so far."""


class Candidate(Store, Server, Protocol):
    """One that is measured."""
