"""Workers, or the plain consumer, and what waits for them in a topic."""

import asyncio
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
from bench.backlog import fill

from embedded import token
from embedded.child import Child
from embedded.settings import HOST, Settings
from embedded.stack import start_and_wait
from tests.waiting import until

OURS, ITS = "ugc_etl_inserted_rows_total", "plain_inserted_rows_total"

CAUGHT_UP_WITHIN_S = 120.0


@dataclass(frozen=True)
class Consumers:
    """Each with the port of its metrics, and `counter` in them for the rows it has stored since it
    started."""

    members: Sequence[tuple[Child, int]]
    counter: str
    topic: str = "views"

    async def start(self) -> None:
        await asyncio.gather(
            *(start_and_wait(child) for child, _ in self.members if not child.alive)
        )

    async def stop(self) -> None:
        await asyncio.gather(*(child.stop() for child, _ in self.members))

    async def stand_still_while_filling(self, brokers: str, events: int) -> None:
        """They keep their partitions as long as it takes less than their session's time-out."""
        for child, _ in self.members:
            child.send(signal.SIGSTOP)
        try:
            await fill(brokers, self.topic, events)
        finally:
            for child, _ in self.members:
                child.send(signal.SIGCONT)

    async def rows(self, http: httpx.AsyncClient) -> int:
        return sum([await self._rows_of(http, port) for _, port in self.members])

    async def _rows_of(self, http: httpx.AsyncClient, port: int) -> int:
        lines = (await http.get(f"http://{HOST}:{port}/metrics")).text.splitlines()
        named = f"{self.counter} "
        return int(float(next(one for one in lines if one.startswith(named)).split()[1]))


async def caught_up(settings: Settings) -> None:
    """Until all that was acknowledged before now is stored, as the API's reads have it."""
    moment = datetime.now(UTC)
    headers = {"Authorization": f"Bearer {token.mint(settings, roles=['analyst'])}"}
    async with httpx.AsyncClient(base_url=settings.api_url, headers=headers) as http:

        async def stored() -> bool:
            as_of = (await http.get("/api/v1/films/top")).json().get("as_of")
            return as_of is not None and datetime.fromisoformat(as_of) >= moment

        await until(stored, within=CAUGHT_UP_WITHIN_S, every=0.2)
