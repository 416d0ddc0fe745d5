"""The read side in process: the real routes and decisions, over a ClickHouse and a Kafka that say
what a test tells them to."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
from fastapi import FastAPI

from configuration.kafka import Brokers
from tests.unit.ugc_api import bearer
from ugc_api.access.admission import Admission
from ugc_api.access.configured import ConfiguredKey
from ugc_api.access.rate import RateLimit
from ugc_api.access.tokens import Tokens
from ugc_api.app import create_app
from ugc_api.metrics import Metrics
from ugc_api.reads.freshness import Freshness
from ugc_api.reads.offsets import Offsets, PartitionOffsets
from ugc_api.reads.problems import problem
from ugc_api.reads.side import ReadSide
from ugc_api.reads.warehouse import Warehouse

FILM = UUID("5d7c1e0a-3b52-4a0e-8c55-0d3c2f6b7a10")
EVENT = UUID("01985c3e-5b00-7abc-8def-0123456789ab")
SOMEBODY_ELSE = UUID("0b7e3f62-6f0c-4a2e-9f3c-5d1f2f5f9a02")
POSITION = {
    "progress": 754.5,
    "total": 5400,
    "event_time": "2026-11-23T09:59:00.000Z",
    "event_id": str(EVENT),
}
METADATA = "2025-01-20T10:00:00.250+00:00"


class ToldWarehouse(Warehouse):
    """Answers each query by its name, with no rows unless told, and notes what was bound."""

    def __init__(self, metrics: Metrics) -> None:
        super().__init__(["http://127.0.0.1:9"], "reader", "", metrics)
        self.answers: dict[str, list[dict[str, Any]]] = {}
        self.asked: list[tuple[str, dict[str, object]]] = []
        self.away = False

    async def ask(
        self,
        name: str,
        sql: str,
        turns: asyncio.Semaphore,
        bind: Callable[[], Mapping[str, object]],
        **settings: int,
    ) -> list[dict[str, Any]]:
        self.asked.append((name, dict(bind())))
        if self.away:
            raise problem("clickhouse_away")
        return [dict(row) for row in self.answers.get(name, [])]


class ToldOffsets(Offsets):
    """Six partitions, all stored to the end at offset 10, unless told; waits while `held`."""

    def __init__(self) -> None:
        super().__init__(Brokers("127.0.0.1:9"), "views", "views")
        self.partitions = {number: PartitionOffsets(10, METADATA, 10) for number in range(6)}
        self.failure: Exception | None = None
        self.readings = 0
        self.held = asyncio.Event()
        self.held.set()

    async def read(self) -> Mapping[int, PartitionOffsets]:
        self.readings += 1
        answer, failure = dict(self.partitions), self.failure
        await self.held.wait()
        if failure is not None:
            raise failure
        return answer

    def tell(self, **changes: Any) -> None:
        """Of every partition."""
        at = {"committed": 10, "metadata": METADATA, "end": 10, **changes}
        self.partitions = {number: PartitionOffsets(**at) for number in range(6)}


class ReadApi:
    def __init__(self, cluster: str = "") -> None:
        metrics = Metrics()
        self.warehouse = ToldWarehouse(metrics)
        self.offsets = ToldOffsets()
        self.freshness = Freshness(self.offsets, metrics, retry_s=0.01)
        keys = ConfiguredKey(bearer.settings())
        tokens = Tokens(bearer.settings(), keys, now=lambda: bearer.NOW)
        admission = Admission(tokens, keys, RateLimit(0), metrics)
        app = create_app(bearer.settings(), metrics)._rest
        assert isinstance(app, FastAPI)
        app.state.read_side = ReadSide(admission, self.warehouse, self.freshness, cluster)
        self.app = app
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://api.example"
        )

    async def get(self, address: str, *roles: str, **query: object) -> httpx.Response:
        token = bearer.signed(bearer.claims(roles=list(roles)))
        return await self.client.get(
            address,
            params={name: str(value) for name, value in query.items()},
            headers={"Authorization": f"Bearer {token}"},
        )


def position(which: str, user_id: UUID = bearer.VIEWER, **more: object) -> dict[str, object]:
    known = {**POSITION, **more}
    return {
        "which": which,
        "user_id": str(user_id),
        "film_id": str(FILM),
        "last": list(known.values()),
    }


def row(number: int) -> dict[str, object]:
    """Of a viewer's list; the greater number is the newer."""
    return {
        "film_id": str(UUID(int=number)),
        "progress": 1,
        "total": 2,
        "event_time": "2026-11-23T09:59:00.000Z",
        "completed": False,
        "version": str(number),
    }


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
