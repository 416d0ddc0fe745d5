from collections.abc import AsyncIterator

import httpx
import pytest

from tests.stack import RunningStack


@pytest.fixture
async def front(running_stack: RunningStack) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the shared stack's nginx, with a token."""
    async with httpx.AsyncClient(
        base_url=running_stack.settings.front_url,
        headers={"Authorization": f"Bearer {running_stack.token()}"},
    ) as client:
        yield client
