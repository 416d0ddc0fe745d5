"""The films on offer: real titles with their running times, and how viewers take to them.

Who watches what and where viewers leave is made up, so that the statistics have something to say.
"""

import random
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

NAMESPACE = UUID("7f3c1a52-9d0e-5b6f-8e21-4c0a6d9b7e35")
TENTHS = 10
RESTLESS = 0.02  # of its viewers leave in any tenth of a film, whatever the film


@dataclass(frozen=True)
class Film:
    title: str
    minutes: int
    popularity: float  # against the others
    loses: Mapping[int, float] = field(default_factory=dict, hash=False)
    """In which tenth (1 to 10) what share of its viewers leaves for good."""

    @property
    def id(self) -> UUID:
        return uuid.uuid5(NAMESPACE, self.title)

    @property
    def length(self) -> float:
        """Seconds."""
        return self.minutes * 60.0

    def leaving_point(self, rng: random.Random) -> float:
        """Where a viewer will stop for good, seconds; most often the end."""
        fate = rng.random()
        for tenth in range(1, TENTHS + 1):
            fate -= RESTLESS + self.loses.get(tenth, 0.0)
            if fate < 0:
                return round(self.length * (tenth - rng.uniform(0.05, 0.95)) / TENTHS, 3)
        return self.length


CATALOGUE = (
    Film("Toy Story", 81, 9, {10: 0.10}),
    Film("My Neighbor Totoro", 86, 8, {2: 0.05}),
    Film("Bambi", 70, 8, {6: 0.35}),  # his mother
    Film("The Red Balloon", 35, 7),
    Film("Sherlock Jr.", 45, 6, {1: 0.10}),
    Film("La Jetée", 28, 6, {1: 0.20, 2: 0.10}),
    Film("Duck Soup", 68, 6),
    Film("Dumbo", 64, 5, {7: 0.10}),
    Film("Psycho", 109, 5, {5: 0.45}),  # the shower
    Film("Alien", 117, 5, {5: 0.40}),  # they were having dinner
    Film("2001: A Space Odyssey", 149, 5, {1: 0.30, 2: 0.20, 9: 0.15}),  # the apes; the tunnel
    Film("12 Angry Men", 96, 3),
)
FILMS: Mapping[UUID, Film] = {film.id: film for film in CATALOGUE}
