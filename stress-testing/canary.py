"""How old what is stored is, seen from outside by one event after another; and what the worker
says of its lag."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from math import inf
from uuid import UUID

import httpx
from age import Age
from prometheus_client.parser import text_string_to_metric_families

from embedded import token
from embedded.settings import HOST, Settings
from simulator.errors import CannotPlay
from simulator.warehouse import Warehouse
from tests.waiting import until

EVERY_S = 1.0
LOOKS_EVERY_S = 0.05
PATIENCE_S = 2.0
LAG = "ugc_etl_lag_messages"


class Canary:
    """`viewer` is whose events these are. Times are in seconds."""

    def __init__(self, settings: Settings, url: str) -> None:
        self.viewer: UUID = uuid.uuid4()
        self.accepted = self.stored = 0
        self._url = url
        self._warehouse = Warehouse(settings)
        self._bearer = {"Authorization": f"Bearer {token.mint(settings, self.viewer)}"}
        self._age = Age()

    @property
    def freshness(self) -> float | None:
        """None while nobody can tell."""
        return self._age.seconds

    async def sing(self) -> None:
        """Until cancelled; what is away for a while is asked again."""
        async with httpx.AsyncClient(base_url=self._url, headers=self._bearer) as http:
            while True:
                event_id = uuid.uuid4()
                self._age.sent()
                if await self._accepted(http, event_id):
                    self.accepted += 1
                    self._age.accepted()
                    shown = partial(self._stored, event_id)
                    await until(shown, within=inf, every=LOOKS_EVERY_S)
                    self._age.shown()
                    self.stored += 1
                await asyncio.sleep(EVERY_S)

    async def _accepted(self, http: httpx.AsyncClient, event_id: UUID) -> bool:
        body = {
            "progress": 1.0,
            "total": 2.0,
            "event_id": str(event_id),
            "event_time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        }
        with suppress(httpx.TransportError):
            film = f"/api/v1/progresses/films/{uuid.UUID(int=0xCA << 32)}"
            return (await http.post(film, json=body)).status_code == httpx.codes.ACCEPTED
        return False

    async def _stored(self, event_id: UUID) -> bool:
        mine = f"user_id = '{self.viewer}' AND event_id = '{event_id}'"
        sql = f"SELECT count() FROM movies.views FINAL WHERE {mine}"  # noqa: S608
        with suppress(CannotPlay, TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                ((count,),) = await self._warehouse.rows(sql, tuple[int])
                return count > 0
        return False


async def lag(settings: Settings) -> int | None:
    """Events in the topic that are not stored yet, as the worker has it; None without an answer."""
    url = f"http://{HOST}:{settings.etl_metrics_port(0)}/metrics"
    try:
        async with httpx.AsyncClient(timeout=PATIENCE_S, trust_env=False) as http:
            text = (await http.get(url)).text
    except httpx.TransportError:
        return None
    return sum(
        int(sample.value)
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == LAG
    )


@asynccontextmanager
async def singing(canary: Canary) -> AsyncIterator[None]:
    song = asyncio.create_task(canary.sing())
    try:
        yield
    finally:
        song.cancel()
        with suppress(asyncio.CancelledError):
            await song
