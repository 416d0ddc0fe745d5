"""Requests that no proper client makes: known events once more, wrong ones, batches of both.

Each is repeated until it has an answer that decides; what was not decided in time is unanswered.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import httpx

from simulator.ledger import Ledger
from simulator.mistakes import Mistake, fields, line, single
from simulator.network import Mixed, Wrong
from simulator.player import entry
from simulator.viewer import Heartbeat

PROGRESSES = "/api/v1/progresses"
ASKS_TO_COME_AGAIN = {408, 429, 502, 503, 504}
NO_ANSWER = "no answer"


class Courier:
    """`http` has the front door as its base; `give_up_s` is for one request."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        token_of: Callable[[UUID], str],
        ledger: Ledger,
        give_up_s: float = 60.0,
    ) -> None:
        self._http = http
        self._token_of = token_of
        self._ledger = ledger
        self._give_up_s = give_up_s
        self.accepted = 0  # repetitions too
        self.decided = self.retried = 0

    async def again(self, heartbeat: Heartbeat, event_id: UUID) -> None:
        answer = await self._single(heartbeat, event_id)
        self._settle(heartbeat, event_id, code_of(answer))

    async def wrong(self, wrong: Wrong) -> None:
        answer = await self._single(wrong.heartbeat, wrong.event_id, wrong.mistake)
        self._settle(wrong.heartbeat, wrong.event_id, code_of(answer), wrong.mistake)

    async def mixed(self, batch: Mixed) -> None:
        lines = [line(fields(beat, event_id), wrong) for beat, event_id, wrong in batch.lines]
        body = b"\n".join(lines) + b"\n"
        viewer = batch.lines[0][0].user_id
        answer = await self._post(PROGRESSES, viewer, "application/x-ndjson", body)
        codes = codes_of(answer, len(lines))
        for (beat, event_id, mistake), code in zip(batch.lines, codes, strict=True):
            self._settle(beat, event_id, code, mistake)

    async def _single(
        self, heartbeat: Heartbeat, event_id: UUID, mistake: Mistake | None = None
    ) -> httpx.Response | None:
        film, body = single(fields(heartbeat, event_id), mistake)
        path = f"{PROGRESSES}/films/{film}"
        return await self._post(path, heartbeat.user_id, "application/json", body)

    def _settle(
        self, heartbeat: Heartbeat, event_id: UUID, code: str | None, mistake: Mistake | None = None
    ) -> None:
        """`code` is None for accepted."""
        self.decided += 1
        expected = None if mistake is None else mistake.code
        if code == NO_ANSWER:
            self._ledger.lose_sight_of(*entry(heartbeat, event_id))
        elif code is not None:
            self._ledger.refuse(code, expected)
        else:
            self.accepted += 1
            self._ledger.accept(*entry(heartbeat, event_id))
            if expected:
                self._ledger.surprises.append(f"accepted, expected: refused as {expected}")

    async def _post(
        self, path: str, user: UUID, content_type: str, body: bytes
    ) -> httpx.Response | None:
        """The first answer that decides, or None."""
        headers = {
            "Authorization": f"Bearer {self._token_of(user)}",
            "Content-Type": content_type,
        }
        deadline = time.monotonic() + self._give_up_s
        while True:
            wait = 0.5
            try:
                answer = await self._http.post(path, content=body, headers=headers)
            except httpx.TransportError:
                pass
            else:
                if not asks_again(answer):
                    return answer
                wait += float(answer.headers.get("Retry-After", 0))
            if time.monotonic() + wait > deadline:
                return None
            self.retried += 1
            await asyncio.sleep(wait)


def asks_again(answer: httpx.Response) -> bool:
    """Whether the same has to be sent again: nobody knows yet what became of it, or of a part."""
    if answer.status_code == httpx.codes.MULTI_STATUS:
        return any(refused["retryable"] for refused in answer.json()["refused"])
    return answer.status_code in ASKS_TO_COME_AGAIN


def code_of(answer: httpx.Response | None) -> str | None:
    """What one event was refused with; None if it was accepted."""
    if answer is None:
        return NO_ANSWER
    return None if answer.status_code == httpx.codes.ACCEPTED else _code(answer)


def codes_of(answer: httpx.Response | None, count: int) -> Sequence[str | None]:
    """The same for each of a batch."""
    if answer is None or answer.status_code == httpx.codes.ACCEPTED:
        return [code_of(answer)] * count
    refused: list[dict[str, Any]] = answer.json().get("refused", [])
    if not refused:
        return [_code(answer)] * count
    codes = {one["index"]: str(one["code"]) for one in refused}
    return [codes.get(index) for index in range(count)]


def _code(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["code"])
    except (ValueError, KeyError, TypeError):
        return f"http_{answer.status_code}"
