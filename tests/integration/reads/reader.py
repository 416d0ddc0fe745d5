"""One viewer who reports and reads back over HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import httpx

from embedded import token
from embedded.settings import Settings


class Reader:
    def __init__(self, http: httpx.AsyncClient, user: UUID) -> None:
        self.http = http
        self.user = user

    async def report(
        self, film: UUID, progress: float = 1, total: float = 2, **identity: str
    ) -> dict[str, Any]:
        """What the 202 said."""
        answer = await self.http.post(
            f"/api/v1/progresses/films/{film}",
            json={"progress": progress, "total": total, "user_id": str(self.user), **identity},
        )
        assert answer.status_code == 202, answer.text
        return dict(answer.json())

    async def get(self, address: str, **query: object) -> httpx.Response:
        return await self.http.get(address, params={n: str(value) for n, value in query.items()})

    async def position(self, film: UUID, **query: object) -> httpx.Response:
        return await self.get(f"/api/v1/progresses/films/{film}", **query)

    async def page(self, **query: object) -> dict[str, Any]:
        answer = await self.get("/api/v1/progresses", **query)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def status(self, event: object, **query: object) -> dict[str, Any]:
        answer = await self.get(f"/api/v1/events/{event}", **query)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


@asynccontextmanager
async def reader(
    settings: Settings, *roles: str, user: UUID | None = None
) -> AsyncIterator[Reader]:
    """A new viewer, unless it is told which."""
    identity = user or uuid4()
    headers = {"Authorization": f"Bearer {token.mint(settings, identity, roles)}"}
    async with httpx.AsyncClient(
        base_url=settings.api_url, headers=headers, timeout=10, trust_env=False
    ) as http:
        yield Reader(http, identity)


def is_after(as_of: str | None, moment: str) -> bool:
    """Both as the API writes them."""
    return as_of is not None and as_of > moment
