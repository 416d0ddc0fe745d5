import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import settings

from simulator.viewer import Heartbeat, Viewer
from tests.unit.ugc_api import bearer
from tests.unit.ugc_api.serving import Api

# A slow machine is no bug, and an example of 200 ms no reason to fail.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    made = Api()
    async with made.client:
        yield made


@pytest.fixture
def heartbeats() -> list[Heartbeat]:
    """Those of one viewer, the newest a night old."""
    rng = random.Random(11)  # noqa: S311 - to be replayed
    sittings = Viewer.born(rng).sittings(rng, datetime.now(UTC))
    return [beat for sitting in sittings for beat in sitting.heartbeats]


def token_of(viewer: UUID) -> str:
    """One that the API in process takes."""
    return bearer.signed(bearer.claims(sub=str(viewer)))
