"""Reports how far films are watched, and reads back where the viewer stopped.

    async with ProgressClient("https://ugc.example", token) as client:
        client.report(film_id, progress=754.5, total=5400)

`report` never waits for the network. A reported event is sent until the server has taken it, or
refused it for good; it keeps its id and its time in every repetition, so it counts once. The queue
is in memory: what was not sent yet is lost with the process.

One file, to be copied; it needs Python 3.11 and httpx. A client is for one viewer and one loop.
"""

import asyncio
import gzip
import json
import logging
import os
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import KW_ONLY, dataclass
from datetime import UTC, datetime
from email.utils import mktime_tz, parsedate_tz
from itertools import islice
from typing import Any, Self
from uuid import UUID

import httpx

PROGRESSES = "/api/v1/progresses"
PROBLEM = "application/problem+json"  # how the API refuses, always with a `code`
DATE_LAG = 1.0  # seconds, on average: `Date` has whole ones, of some servers one behind
CLOCK_TOLERANCE = 2.0  # seconds
LONGEST_PAUSE = 60.0  # seconds between two tries, unless the server asks for more
log = logging.getLogger("ugc_client")


class ProgressError(Exception):
    """A read that failed. `status` is 0 when there was no answer."""

    def __init__(self, status: int, code: str, detail: str = "") -> None:
        super().__init__(f"{status} {code} {detail}")
        self.status, self.code = status, code


@dataclass(slots=True)
class Event:
    film_id: str
    progress: float  # seconds, as `total`
    total: float
    event_id: str
    event_time: str  # RFC 3339; empty until the server's clock is known
    reported_at: float  # of the monotonic clock

    def body(self) -> dict[str, str | float]:
        names = ("progress", "total", "event_time", "event_id")
        return {name: getattr(self, name) for name in names}


class ServerClock:
    """The server's time on a device whose clock may be wrong: what an answer's `Date` said, carried
    on by the monotonic clock. While the device's clock agrees it is taken, as it is finer.

    When it is set, or the device slept, the wall clock moves against the monotonic one: then the
    time is not known until the next answer."""

    def __init__(self, wall: Callable[[], float], monotonic: Callable[[], float]) -> None:
        self.wall, self.monotonic = wall, monotonic
        self._zero = self._device_zero()  # Unix time when the monotonic clock was 0
        self._learnt: float | None = None  # what the device took it for at the last answer

    @property
    def known(self) -> bool:
        moved = self._device_zero() - (self._learnt or 0)
        return self._learnt is not None and abs(moved) < CLOCK_TOLERANCE

    def at(self, moment: float) -> str:
        """RFC 3339 of a moment of the monotonic clock."""
        text = datetime.fromtimestamp(self._zero + moment, UTC).isoformat(timespec="milliseconds")
        return text.replace("+00:00", "Z")

    def learn(self, date: str | None, asked_at: float) -> None:
        """From the `Date` of an answer, written between `asked_at` (monotonic) and now."""
        if not self.known:
            self._zero = self._device_zero()
        self._learnt = self._device_zero()
        if (parsed := parsedate_tz(date or "")) is not None:
            server, now = mktime_tz(parsed) + DATE_LAG, self.monotonic()
            earliest, latest = asked_at - CLOCK_TOLERANCE, now + CLOCK_TOLERANCE
            if not earliest < server - self._zero < latest:
                self._zero = server - now

    def _device_zero(self) -> float:
        return self.wall() - self.monotonic()


@dataclass(eq=False, repr=False)
class ProgressClient:
    """`token` may be a function, async or not: it is called again when its last is not taken.
    Counts events: `sent` (repetitions too), `accepted`, `dropped`, `queued`. Times are seconds."""

    url: str
    token: str | Callable[[], str | Awaitable[str]]
    _: KW_ONLY
    # will not be sent again: the server's code, or `queue_full`, or `closed`
    on_dropped: Callable[[Event, str], None] = lambda event, code: None
    on_unauthorized: Callable[[], None] = lambda: None  # no new token helps: the queue waits
    max_queue: int = 1000  # events; beyond it the oldest is dropped
    max_batch: int = 300  # events in a request
    gather: float = 0.0  # time to wait for more of them
    compress: bool = False  # gzip, for several
    timeout: float = 10.0  # of a request
    wall: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    def __post_init__(self) -> None:
        self.sent = self.accepted = self.dropped = 0
        self._batch_size = self.max_batch  # of the next: less after a refusal, until they pass
        self._queue: dict[str, Event] = {}  # by id, the oldest first
        self._clock = ServerClock(self.wall, self.monotonic)
        self._http = httpx.AsyncClient(base_url=self.url, timeout=self.timeout)
        self._sending: asyncio.Task[None] | None = None
        self._last_token = ""
        self._closed = False

    @property
    def queued(self) -> int:
        return len(self._queue)

    def report(
        self,
        film_id: UUID | str,
        progress: float,
        total: float,
        *,
        event_time: datetime | str | None = None,
    ) -> str:
        """Queue an event, `progress` and `total` in seconds. Its `event_id`. Raises ValueError for
        a film's id that is no UUID."""
        if self._closed:
            raise RuntimeError("the client is closed")
        if isinstance(event_time, datetime):
            if event_time.tzinfo is None:
                raise ValueError("event_time has no zone")
            event_time = event_time.isoformat()
        now = self.monotonic()
        event = Event(
            film_id=str(UUID(str(film_id))),
            progress=float(progress),
            total=float(total),
            event_id=uuid7(self.wall()),
            event_time=event_time or (self._clock.at(now) if self._clock.known else ""),
            reported_at=now,
        )
        if len(self._queue) >= self.max_queue:
            self._drop(next(iter(self._queue.values())), "queue_full")
        self._queue[event.event_id] = event
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._send_all())
        return event.event_id

    async def flush(self, timeout: float | None = None) -> bool:  # noqa: ASYNC109
        """Wait until nothing is queued; whether that came within `timeout`."""
        if self._sending is not None:
            await asyncio.wait([self._sending], timeout=timeout)
        return not self._queue

    async def close(self, timeout: float = 5.0) -> bool:  # noqa: ASYNC109
        """Flush, then drop what is left; whether there was nothing."""
        self._closed = True
        flushed = await self.flush(timeout)
        if self._sending is not None:
            self._sending.cancel()
            with suppress(asyncio.CancelledError):
                await self._sending
        for event in list(self._queue.values()):
            self._drop(event, "closed")
        await self._http.aclose()
        return flushed

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def position(self, film_id: UUID | str) -> dict[str, Any] | None:
        """`{film_id, latest, furthest, as_of}`; None if the viewer did not report this film."""
        try:
            return await self._read(f"{PROGRESSES}/films/{UUID(str(film_id))}")
        except ProgressError as error:
            if error.code == "not_watched":
                return None
            raise

    async def continue_watching(self, limit: int = 20) -> AsyncIterator[dict[str, Any]]:
        """The viewer's films, newest first: `{film_id, progress, total, event_time, completed}`.
        They are read in pages of `limit`, for as long as one goes on asking."""
        query: dict[str, str | int] = {"limit": limit}
        while True:
            page = await self._read(PROGRESSES, query)
            for item in page["items"]:
                yield item
            if not page["next_cursor"]:
                return
            query["cursor"] = page["next_cursor"]

    async def _send_all(self) -> None:
        failures = 0
        while self._queue:
            await self.sleep(self.gather)
            try:
                pause = await self._send_some()
            except httpx.HTTPError:  # no answer
                pause = 0.0
            except Exception:  # of `token`, say; the events wait, whatever it is
                log.exception("events could not be sent")
                pause = 0.0
            if pause is None:
                failures = 0
                continue
            longest = min(2.0 ** min(failures, 6), LONGEST_PAUSE)
            jitter = random.uniform(0.5, longest)  # noqa: S311 - players must not come all at once
            await self.sleep(pause + jitter)
            failures += 1

    async def _send_some(self) -> float | None:
        """One request with the oldest events; returns what `_settle` does."""
        if not self._clock.known:
            await self._request("OPTIONS", PROGRESSES)  # for the `Date` of its answer
        batch = list(islice(self._queue.values(), min(self._batch_size, self.max_batch)))
        for event in batch:
            event.event_time = event.event_time or self._clock.at(event.reported_at)
        path, headers = PROGRESSES, {"Content-Type": "application/x-ndjson"}
        lines = [{"film_id": event.film_id, **event.body()} for event in batch]
        if len(batch) == 1:
            path, headers["Content-Type"] = f"{path}/films/{batch[0].film_id}", "application/json"
            lines = [batch[0].body()]
        content = "\n".join(map(json.dumps, lines)).encode()
        if self.compress and len(batch) > 1:
            headers["Content-Encoding"], content = "gzip", gzip.compress(content)
        self.sent += len(batch)
        return self._settle(batch, await self._request("POST", path, headers, content=content))

    def _settle(self, batch: list[Event], answer: httpx.Response) -> float | None:
        """Take from the queue what the answer decides. None, or for how long the server wants to
        be left alone before the rest of the batch is sent again."""
        status, body = answer.status_code, _object(answer)
        kind = answer.headers.get("Content-Type", "")
        problem = status >= 400 and kind.startswith(PROBLEM) and "code" in body
        if status >= 400 and not problem:
            body = {}  # of something in between, which decides nothing about the events
        refused = {one["index"]: one for one in body.get("refused", ())}
        for index, event in enumerate(batch):
            if status == 202 or (status == 207 and refused and index not in refused):
                self.accepted += self._queue.pop(event.event_id, None) is not None
            elif index in refused and not refused[index]["retryable"]:
                self._drop(event, refused[index]["code"])
        if status == 401:
            self._tell(self.on_unauthorized)
        elif problem and status < 500 and status not in (408, 429) and not refused:
            if len(batch) == 1:
                self._drop(batch[0], body["code"])
            else:  # refused as a whole: one alone will have its code
                self._batch_size = len(batch) // 2
            if status == 413:
                return None
        if not any(event.event_id in self._queue for event in batch):
            self._batch_size = min(2 * self._batch_size, self.max_batch)
            return None
        wanted = answer.headers.get("Retry-After", "")
        return float(wanted) if wanted.isdecimal() else 0.0

    def _drop(self, event: Event, code: str) -> None:
        if self._queue.pop(event.event_id, None) is not None:
            self.dropped += 1
            log.warning("event %s is not sent again: %s", event.event_id, code)
            self._tell(self.on_dropped, event, code)

    def _tell(self, callback: Callable[..., None], *arguments: object) -> None:
        try:
            callback(*arguments)
        except Exception:  # the application's mistake must not stop the sending
            log.exception("a callback failed")

    async def _read(self, path: str, query: dict[str, str | int] | None = None) -> dict[str, Any]:
        try:
            answer = await self._request("GET", path, params=query)
        except httpx.HTTPError as error:
            raise ProgressError(0, "no_answer", str(error)) from error
        status, body = answer.status_code, _object(answer)
        if status != 200 or "as_of" not in body:
            raise ProgressError(status, body.get("code", f"http_{status}"), body.get("detail", ""))
        return body

    async def _request(
        self, method: str, path: str, headers: dict[str, str] | None = None, **rest: Any
    ) -> httpx.Response:
        """The answer; if it is 401, the answer to the same request with a new token."""
        for _ in range(2):
            headers = {**(headers or {}), "Authorization": f"Bearer {await self._bearer()}"}
            asked_at = self.monotonic()
            answer = await self._http.request(method, path, headers=headers, **rest)
            self._clock.learn(answer.headers.get("Date"), asked_at)
            if answer.status_code != 401 or isinstance(self.token, str):
                break
            self._last_token = ""
        return answer

    async def _bearer(self) -> str:
        if isinstance(self.token, str):
            return self.token
        if not self._last_token:
            given = self.token()
            self._last_token = given if isinstance(given, str) else await given
        return self._last_token


def uuid7(unix_seconds: float) -> str:
    """A new UUIDv7 (RFC 9562): 48 bits of Unix milliseconds, then 74 random ones."""
    tail = int.from_bytes(os.urandom(10), "big")
    low = 0b10 << 62 | tail & (1 << 62) - 1
    head = int(unix_seconds * 1000) << 80 | 0x7 << 76 | (tail >> 62 & 0xFFF) << 64
    return str(UUID(int=head | low))


def _object(answer: httpx.Response) -> dict[str, Any]:
    """Its JSON object, or an empty one: what stands in between does not always speak JSON."""
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
