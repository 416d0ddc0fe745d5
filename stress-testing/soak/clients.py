"""Clients at a steady rate, each answer in a diary; what is not answered for good is sent again.

Events go one by one, or several of a viewer as NDJSON; some are sent twice on purpose.
"""

import asyncio
import itertools
import json
import random
import time
from asyncio import IncompleteReadError, StreamReader, StreamWriter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from load.denying import message
from soak.diary import Diaries, Diary, Event

PROGRESSES = "/api/v1/progresses"
PATIENCE_S = 10.0
COME_AGAIN = (0, 408, 429, 502, 503, 504)
BATCHES, MOST_IN_ONE = 0.02, 20
TWICE = 0.02
CATCH_UP_S = 1.0


class Pace:
    """Hands out moments, `rate` events a second; what was missed for long is not made up for."""

    def __init__(self, rate: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate = rate
        self._clock = clock
        self._next = clock()

    def wait_s(self, events: int) -> float:
        """How long to wait before so many may be sent."""
        now = self._clock()
        begins = max(self._next, now - CATCH_UP_S)
        self._next = begins + events / self.rate
        return max(0.0, begins - now)


class Door:
    """One connection, opened when it is needed. Not for two requests at once."""

    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)
        self._open: tuple[StreamReader, StreamWriter] | None = None

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """Status and body; 0 for no answer."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                if self._open is None:
                    self._open = await asyncio.open_connection(*self._address)
                self._open[1].write(request)
                answer = await message(self._open[0])
        except (OSError, TimeoutError, IncompleteReadError):
            self.close()
            return 0, b""
        head, _, body = answer.partition(b"\r\n\r\n")
        if b"\r\nconnection: close" in head.lower():
            self.close()
        return int(head[9:12]), body

    def close(self) -> None:
        if self._open is not None:
            self._open[1].close()
            self._open = None


class Clients:
    """`connections` at work on all viewers; each viewer is one connection's."""

    def __init__(
        self,
        address: tuple[str, int],
        diaries: Diaries,
        tokens: Sequence[str],
        pace: Pace,
        connections: int = 48,
    ) -> None:
        self._address = address
        self._diaries = diaries
        self._tokens = tokens
        self._pace = pace
        self._connections = connections

    async def play(self, stopped: asyncio.Event) -> None:
        """Until stopped and all that was begun is answered for good."""
        async with asyncio.TaskGroup() as group:
            for number in range(self._connections):
                group.create_task(self._client(number, stopped))

    async def _client(self, number: int, stopped: asyncio.Event) -> None:
        rng, door = random.Random(number), Door(*self._address)
        mine = itertools.cycle(self._diaries.each[number :: self._connections])
        for diary in mine:
            events = rng.randint(2, MOST_IN_ONE) if rng.random() < BATCHES else 1
            await _pause(stopped, self._pace.wait_s(events))
            if stopped.is_set():
                break
            await self._report(door, diary, [self._begin(diary, n) for n in range(events)], rng)
            if events == 1 and rng.random() < TWICE:
                self._diaries.again += 1
                again = diary.event(len(diary.states) - 1)
                await self._report(door, diary, [again], rng)
        door.close()

    def _begin(self, diary: Diary, number: int) -> Event:
        """Those of one batch lie some milliseconds apart."""
        return diary.begin(datetime.fromtimestamp(time.time() + number / 1000, UTC))

    async def _report(
        self, door: Door, diary: Diary, events: Sequence[Event], rng: random.Random
    ) -> None:
        """Again and again, until every event is answered for good."""
        pause = 0.1
        while True:
            status, body = await door.ask(self._request(diary, events))
            self._diaries.count(status)
            events = list(self._left(diary, events, status, body))
            if not events:
                return
            await asyncio.sleep(pause * rng.uniform(0.5, 1.5))
            pause = min(pause * 2, 2.0)

    def _left(
        self, diary: Diary, events: Sequence[Event], status: int, body: bytes
    ) -> Iterator[Event]:
        """Those that are to be sent again."""
        refused: dict[int, dict[str, Any]] = {}
        if status not in (0, 202):
            said = {}
            with suppress(ValueError):
                said = json.loads(body)
            refused = {one["index"]: one for one in said.get("refused", [])}
            if not refused:
                again = status in COME_AGAIN
                one = {"retryable": again, "code": said.get("code", f"status {status}")}
                refused = dict.fromkeys(range(len(events)), one)
        for index, event in enumerate(events):
            if status == 0 or (index in refused and refused[index]["retryable"]):
                yield event
            elif index in refused:
                self._diaries.refuse(diary, event, refused[index]["code"])
            else:
                self._diaries.accept(diary, event)

    def _request(self, diary: Diary, events: Sequence[Event]) -> bytes:
        if len(events) == 1:
            path, kind = f"{PROGRESSES}/films/{events[0].identity[1]}", "application/json"
            body = f"{{{events[0].fields()}}}"
        else:
            path, kind = PROGRESSES, "application/x-ndjson"
            body = "\n".join(
                f'{{"film_id":"{event.identity[1]}",{event.fields()}}}' for event in events
            )
        return (
            f"POST {path} HTTP/1.1\r\nHost: soak\r\n"
            f"Authorization: Bearer {self._tokens[diary.place]}\r\n"
            f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        ).encode()


async def _pause(stopped: asyncio.Event, seconds: float) -> None:
    if seconds > 0:
        with suppress(TimeoutError):
            await asyncio.wait_for(stopped.wait(), seconds)
