"""The API in process: the real front, ingest and FastAPI, and a publisher that only notes."""

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import httpx
from fastapi import FastAPI

from configuration.kafka import Brokers
from tests.unit.ugc_api import bearer
from ugc_api.access.admission import Admission
from ugc_api.access.configured import ConfiguredKey
from ugc_api.access.keys import Keys
from ugc_api.access.rate import RateLimit
from ugc_api.access.tokens import Tokens
from ugc_api.app import create_app
from ugc_api.front import Front
from ugc_api.ingest.routes import Ingest
from ugc_api.metrics import Metrics
from ugc_api.publishing.publisher import NotAcknowledged, Publisher, Receipt
from ugc_events import ViewProgress

FILM = UUID("5d7c1e0a-3b52-4a0e-8c55-0d3c2f6b7a10")
ADDRESS = f"/api/v1/progresses/films/{FILM}"


class NotingPublisher(Publisher):
    """Acknowledges whatever it is given, or fails as it is told to."""

    def __init__(self, metrics: Metrics) -> None:
        super().__init__(Brokers("127.0.0.1:9"), "views", 1.0, metrics)
        self.events: list[ViewProgress] = []
        self.headers: list[dict[str, bytes]] = []
        self.failure: Exception | None = None
        self.receipt: Receipt | None = Receipt(3, 1042)
        self.unknown: set[UUID] = set()

    async def publish(
        self, event: ViewProgress, headers: Sequence[tuple[str, bytes]] = ()
    ) -> Receipt | None:
        self.events.append(event)
        self.headers.append(dict(headers))
        if self.failure is not None:
            raise self.failure
        return self.receipt

    async def publish_all(
        self, events: Sequence[ViewProgress], headers: Sequence[tuple[str, bytes]] = ()
    ) -> list[NotAcknowledged | None]:
        self.events.extend(events)
        self.headers.extend([dict(headers)] * len(events))
        lost = {one.event_id for one in events if self.failure} | self.unknown
        return [NotAcknowledged("deadline") if e.event_id in lost else None for e in events]


class Api:
    """What a test sends requests to, and may look at afterwards."""

    def __init__(
        self, *, rate: RateLimit | None = None, keys: Keys | None = None, **settings: Any
    ) -> None:
        configured = bearer.settings(**settings)
        self.metrics = Metrics()
        self.publisher = NotingPublisher(self.metrics)
        known = keys or ConfiguredKey(configured)
        tokens = Tokens(configured, known, now=lambda: bearer.NOW)
        admission = Admission(tokens, known, rate or RateLimit(0), self.metrics)
        ingest = Ingest(admission, self.publisher, self.metrics)
        rest = create_app(configured, Metrics())._rest
        assert isinstance(rest, FastAPI)
        self.rest = rest
        self.front = Front(ingest, rest, self.metrics, configured)
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.front), base_url="http://api.example"
        )

    async def post(
        self,
        body: object = None,
        *,
        to: str = ADDRESS,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """A report with a viewer's token; `body` as bytes is sent as it is."""
        return await self.client.post(
            to,
            content=body if isinstance(body, bytes) else json.dumps(body or report()).encode(),
            headers={
                "Authorization": f"Bearer {token or bearer.signed()}",
                "Content-Type": "application/json",
                **(headers or {}),
            },
        )

    @property
    def event(self) -> ViewProgress:
        """The only one that was published."""
        (event,) = self.publisher.events
        return event

    def measured(self, name: str, **labels: str) -> float:
        return self.metrics.declarations.registry.get_sample_value(name, labels) or 0.0


def report(**more: object) -> dict[str, object]:
    """A valid one; a field given as `...` is left out."""
    given = {"progress": 754.5, "total": 5400, **more}
    return {name: value for name, value in given.items() if value is not ...}


def uuid7(seconds: float, tail: int = 0x1234) -> UUID:
    """As a device makes one at a Unix time."""
    return UUID(int=round(seconds * 1000) << 80 | 0x7 << 76 | 0b10 << 62 | tail)


def service_token() -> str:
    return bearer.signed(bearer.claims(roles=["service"]))


def ago(seconds: float) -> str:
    """RFC 3339 of a moment that long before now."""
    moment = time.time() - seconds
    return (
        time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(moment))
        + f".{int(moment * 1000) % 1000:03}Z"
    )
