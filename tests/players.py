"""Players that report over HTTP as real ones do, and a ledger of what they were answered.

An event is made once, with its id and time; without a 202 the very same event is sent again. What
was answered with 202 must be in ClickHouse, once, with positions as the ledger has them.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import httpx

import simulator.ledger
from embedded import token
from embedded.settings import Settings
from simulator.ledger import Identity, Reported
from tests.waiting import until

__all__ = [
    "Identity",
    "Ledger",
    "Players",
    "Reported",
    "at_work",
    "more_accepted",
    "pause",
    "playing",
]


@dataclass
class Ledger(simulator.ledger.Ledger):
    """How often each status was answered, too; 0 = no answer."""

    answers: dict[int, int] = field(default_factory=dict)
    slowest_s: float = 0.0

    def count(self, status: int) -> None:
        self.answers[status] = self.answers.get(status, 0) + 1


@dataclass(frozen=True)
class Players:
    """`clients` connections that together start `per_second` events a second until `stopped`."""

    url: str
    token_of: Callable[[UUID], str]
    ledger: Ledger
    clients: int = 8
    per_second: float = 100.0
    films: tuple[UUID, ...] = tuple(UUID(int=900 + n) for n in range(5))
    seed: int = 1

    async def play(self, stopped: asyncio.Event) -> None:
        """Returns once every event that was started has its 202."""
        await asyncio.gather(*(self._client(n, stopped) for n in range(self.clients)))

    async def _client(self, number: int, stopped: asyncio.Event) -> None:
        # S311: a replayable scenario, not a secret
        rng = random.Random(self.seed * 1000 + number)  # noqa: S311
        user = UUID(int=rng.getrandbits(128), version=4)
        headers = {"Authorization": f"Bearer {self.token_of(user)}"}
        async with httpx.AsyncClient(base_url=self.url, headers=headers, timeout=10) as http:
            while not stopped.is_set():
                film = rng.choice(self.films)
                event_id = UUID(int=rng.getrandbits(128), version=4)
                now = datetime.now(UTC)
                reported = Reported(
                    round(rng.uniform(0, 5400), 3),
                    5400.0,
                    now.replace(microsecond=now.microsecond // 1000 * 1000),
                )
                await self._until_accepted(http, user, film, event_id, reported)
                await pause(stopped, rng, self.clients / self.per_second)

    async def _until_accepted(
        self, http: httpx.AsyncClient, user: UUID, film: UUID, event_id: UUID, reported: Reported
    ) -> None:
        body = {
            "progress": reported.progress,
            "total": reported.total,
            "event_id": str(event_id),
            "event_time": reported.event_time.isoformat(),
        }
        while True:
            started = time.monotonic()
            try:
                answer = await http.post(f"/api/v1/progresses/films/{film}", json=body)
            except httpx.TransportError:
                self.ledger.count(0)
            else:
                self.ledger.count(answer.status_code)
                took = time.monotonic() - started
                self.ledger.slowest_s = max(self.ledger.slowest_s, took)
                if answer.status_code == httpx.codes.ACCEPTED:
                    assert answer.json()["event_id"] == str(event_id)
                    self.ledger.accepted[user, film, event_id] = reported
                    return
                # 408: the API was stopped between the head and the body
                assert answer.status_code in (408, 429, 503), answer.text
            await asyncio.sleep(0.1)


@asynccontextmanager
async def playing(settings: Settings, ledger: Ledger, seed: int = 1) -> AsyncIterator[None]:
    """Players at work while the context lasts; at its end all they began is accepted."""

    def token_of(user: UUID) -> str:
        return token.mint(settings, user)

    async with at_work(Players(settings.api_url, token_of, ledger, seed=seed).play):
        yield


@asynccontextmanager
async def at_work(
    play: Callable[[asyncio.Event], Coroutine[None, None, None]], within: float = 60.0
) -> AsyncIterator[None]:
    """`play` runs while the context lasts; then it is told to stop, and has so many seconds."""
    stopped = asyncio.Event()
    playing = asyncio.create_task(play(stopped))
    try:
        yield
    except BaseException:
        playing.cancel()
        await asyncio.wait({playing})
        if not playing.cancelled() and (cause := playing.exception()) is not None:
            raise cause  # noqa: B904 - it came first, and what it led to is its context
        raise
    stopped.set()
    await asyncio.wait_for(playing, timeout=within)


async def pause(stopped: asyncio.Event, rng: random.Random, about_s: float) -> None:
    """About so long, unless it is time to stop."""
    with suppress(TimeoutError):
        await asyncio.wait_for(stopped.wait(), rng.uniform(0.5, 1.5) * about_s)


async def more_accepted(ledger: Ledger, count: int, within: float = 30.0) -> None:
    """Wait for `count` further events to be accepted: the way through is open."""
    wanted = len(ledger.accepted) + count
    await until(lambda: len(ledger.accepted) >= wanted, within=within)
