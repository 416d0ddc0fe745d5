"""What the fuzz knows of the system it talks to: who is there, and what it was answered.

Requests refer to it, so that they name films, receipts and cursors that exist.
"""

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from tests.fuzz.tokens import Viewer

Parts = dict[str, Any]
"""What a request is made of: path_parameters, query, headers, body, media_type."""

T = TypeVar("T")
KEPT = 2000  # of each kind; the oldest give way

VIEWERS = 12
FILMS = 8


class Given(NamedTuple):
    """An event that was answered with a receipt."""

    user: UUID
    event_id: str
    receipt: str


class Place(NamedTuple):
    """Where a walk through a viewer's list goes on."""

    user: UUID
    cursor: str


@dataclass
class Known:
    """`watched` are viewers and films whose events were stored before the fuzz began."""

    viewers: Sequence[Viewer]
    films: Sequence[UUID]
    watched: list[tuple[Viewer, UUID]] = field(default_factory=list)
    events: list[Given] = field(default_factory=list)
    cursors: list[Place] = field(default_factory=list)
    accepted: defaultdict[str, list[tuple[Viewer, Parts]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    """Requests by route, to be repeated as they were."""

    @classmethod
    def of(cls, rng: random.Random) -> "Known":
        def some(count: int) -> list[UUID]:
            return [UUID(int=rng.getrandbits(128), version=4) for _ in range(count)]

        return cls([Viewer(user) for user in some(VIEWERS)], some(FILMS))

    def viewer(self, rng: random.Random, *roles: str) -> Viewer:
        return Viewer(rng.choice(self.viewers).id, roles)

    def add(self, to: list[T], one: T) -> None:
        to.append(one)
        if len(to) > KEPT:
            del to[0]
