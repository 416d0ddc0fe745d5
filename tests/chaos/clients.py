"""Clients that report over HTTP and retry as real ones do.

Without an answer, with 429 or 503 the very same event is sent again, after a pause that grows and
is never the same; of a batch only what may be retried. Some events are sent twice on purpose.
"""

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any
from uuid import UUID

import httpx

from embedded import token
from embedded.settings import Settings
from tests.chaos.ledger import Ledger
from tests.chaos.reports import Report, Reporter
from tests.players import at_work, pause

PROGRESSES = "/api/v1/progresses"
RETRIED = {httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE}


@dataclass(frozen=True)
class Habits:
    """How the clients report. Shares are between 0 and 1: of reports with neither id nor time, of
    batches, of events sent twice on purpose, of ids that other viewers use as well. `patience_s`
    is for one answer. What is refused with one of the `refusable` codes is given up."""

    clients: int = 8
    per_second: float = 120.0
    patience_s: float = 4.0
    without_time: float = 0.04
    batches: float = 0.05
    twice: float = 0.04
    shared: float = 0.1
    refusable: frozenset[str] = field(default_factory=frozenset)


class Client:
    def __init__(
        self, http: httpx.AsyncClient, reporter: Reporter, rng: random.Random, ledger: Ledger
    ) -> None:
        self._http = http
        self._reporter = reporter
        self._rng = rng
        self._ledger = ledger

    async def turn(self, habits: Habits) -> None:
        """Report once, one event or several; ends when all of it is answered for good."""
        if self._rng.random() < habits.batches:
            reports = [self._reporter.next(habits.shared) for _ in range(self._rng.randint(2, 25))]
            await self._several(reports, habits)
        else:
            report = self._reporter.next(habits.shared, habits.without_time)
            await self._one(report, habits)
            if report.named and self._rng.random() < habits.twice:
                self._ledger.again += 1
                await self._one(report, habits)

    async def _one(self, report: Report, habits: Habits) -> None:
        async for _ in self._patiently():
            report.tries += 1
            if report.tries > 1 and report.named:
                self._ledger.receipts.pop(report.identity, None)
            path = f"{PROGRESSES}/films/{report.film}"
            answer = await self._post(path, json.dumps(report.fields()), "application/json")
            if answer is None:
                self._lost_sight_of(report)
                continue
            said = answer.json()
            if answer.status_code == httpx.codes.ACCEPTED:
                report.take_name(said)
                self._ledger.acknowledge(report.identity, said["receipt"], report.tries)
                self._ledger.nameless += report.without_time
                self._ledger.accept(report.identity, report.reported)
                return
            if answer.status_code not in RETRIED:
                return self._refused(report, said["code"], habits)
            if "event_id" in said:
                report.take_name(said)

    async def _several(self, reports: Sequence[Report], habits: Habits) -> None:
        async for _ in self._patiently():
            lines = [
                json.dumps({"film_id": str(one.film), **one.fields()}) + "\n" for one in reports
            ]
            for one in reports:
                one.tries += 1
            answer = await self._post(PROGRESSES, "".join(lines), "application/x-ndjson")
            if answer is not None:
                reports = self._left(reports, answer, habits)
                if not reports:
                    return

    def _left(
        self, reports: Sequence[Report], answer: httpx.Response, habits: Habits
    ) -> Sequence[Report]:
        """Those of a batch that are to be sent again."""
        said: Mapping[str, Any] = answer.json()
        if "refused" not in said and answer.status_code != httpx.codes.ACCEPTED:
            if answer.status_code in RETRIED:
                return reports
            for one in reports:
                self._refused(one, said["code"], habits)
            return []
        refused = {one["index"]: one for one in said.get("refused", [])}
        left = []
        for index, one in enumerate(reports):
            if index not in refused:
                self._ledger.accept(one.identity, one.reported)
            elif refused[index]["retryable"]:
                one.take_name(refused[index])
                left.append(one)
            else:
                self._refused(one, refused[index]["code"], habits)
        return left

    def _lost_sight_of(self, report: Report) -> None:
        if not report.named:
            self._ledger.took_no_answer((report.user, report.film), report.progress, report.total)

    def _refused(self, report: Report, code: str, habits: Habits) -> None:
        self._ledger.refuse(code, code if code in habits.refusable else None)
        if report.named and report.tries > 1:
            self._ledger.lose_sight_of(report.identity, report.reported)

    async def _post(self, path: str, body: str, kind: str) -> httpx.Response | None:
        """None = no answer."""
        ledger, started = self._ledger, time.monotonic()
        ledger.sent += 1
        try:
            answer = await self._http.post(path, content=body, headers={"Content-Type": kind})
        except httpx.TransportError as error:
            ledger.count(0)
            ledger.cut_off += not isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
            return None
        self._reporter.learn_time(parsedate_to_datetime(answer.headers["Date"]))
        ledger.count(answer.status_code)
        ledger.slowest_s = max(ledger.slowest_s, time.monotonic() - started)
        return answer

    async def _patiently(self) -> AsyncIterator[None]:
        """Once at once, then again and again."""
        pause = 0.05
        while True:
            yield
            self._ledger.retried += 1
            await asyncio.sleep(pause * self._rng.uniform(0.5, 1.5))
            pause = min(pause * 1.6, 0.6)


@asynccontextmanager
async def clients(
    settings: Settings, ledger: Ledger, seed: int, habits: Habits, url: str
) -> AsyncIterator[None]:
    """Clients at work while the context lasts; at its end all they began is answered for good."""

    async def client(number: int, stopped: asyncio.Event) -> None:
        # S311: a replayable scenario, not a secret; shared ids come to all in the same order
        rng, shared = random.Random(f"{seed}/{number}"), random.Random(seed)  # noqa: S311
        user = UUID(int=rng.getrandbits(128), version=4)
        bearer = {"Authorization": f"Bearer {token.mint(settings, user)}"}
        async with httpx.AsyncClient(
            base_url=url, headers=bearer, timeout=habits.patience_s, trust_env=False
        ) as http:
            one = Client(http, Reporter(user, rng, shared), rng, ledger)
            while not stopped.is_set():
                await one.turn(habits)
                await pause(stopped, rng, habits.clients / habits.per_second)

    async def play(stopped: asyncio.Event) -> None:
        async with asyncio.TaskGroup() as group:
            for number in range(habits.clients):
                group.create_task(client(number, stopped))

    async with at_work(play):
        yield
