from collections.abc import AsyncIterator

import pytest
from hypothesis import settings

from tests.unit.ugc_api.serving import Api

# A slow machine is no bug, and an example of 200 ms no reason to fail.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    made = Api()
    async with made.client:
        yield made
