import random
from datetime import UTC, datetime
from uuid import UUID

import pytest

from simulator.viewer import Heartbeat, Viewer
from tests.unit.ugc_api import bearer


@pytest.fixture
def heartbeats() -> list[Heartbeat]:
    """Those of one viewer, the newest a night old."""
    rng = random.Random(11)  # noqa: S311 - to be replayed
    sittings = Viewer.born(rng).sittings(rng, datetime.now(UTC))
    return [beat for sitting in sittings for beat in sitting.heartbeats]


def token_of(viewer: UUID) -> str:
    """One that the API in process takes."""
    return bearer.signed(bearer.claims(sub=str(viewer)))
