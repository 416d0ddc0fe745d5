"""Where viewers are in films. Who asks at about the same time is answered by one question.

ClickHouse spends milliseconds on a question before it reads a row, and hardly more when it asks
for a hundred viewers. So while AT_ONCE questions are under way, whoever comes is gathered for the
next one. Nobody waits for company: with nothing under way a question is asked at once.

A reader only joins a question that has not been asked yet: its answer is of a moment after the
reader came, so what the reader knew before of `as_of` is true of it.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Mapping
from contextvars import Context
from typing import Any
from uuid import UUID

from ugc_api.reads.queries import POSITION, POSITIONS
from ugc_api.reads.warehouse import WAIT_S, Warehouse

AT_ONCE = 2
"""While one is read by ClickHouse, the other's answer is given out."""

KEYS = 64
"""In a question at most: about 6 KB of its URL, of which proxies take 8."""

JOINED_FOR_S = WAIT_S / 2
"""A question that has waited so long is joined no more: its patience would not be the reader's."""

SETTINGS = {
    "max_threads": 1,  # handing a few granules around costs more than reading them
    "enable_named_columns_in_function_tuple": 0,  # a position comes as a list
}

Key = tuple[str, str]
"""Viewer and film, as ClickHouse writes them."""

Found = Mapping[str, Mapping[str, Any]]
"""By `latest` and `furthest`."""


class _Question:
    """`answer` is what was found, by key."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.keys: set[Key] = set()
        self.answer: asyncio.Task[Mapping[Key, Found]]

    @property
    def may_be_joined(self) -> bool:
        return len(self.keys) < KEYS and time.monotonic() - self.began < JOINED_FOR_S


class PositionReads:
    """Its questions end with the lifespan."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._gathering: _Question | None = None
        self._unanswered: set[asyncio.Task[Mapping[Key, Found]]] = set()

    async def __aenter__(self) -> "PositionReads":
        return self

    async def __aexit__(self, *exc: object) -> None:
        unanswered = set(self._unanswered)
        for answer in unanswered:
            answer.cancel()
        if unanswered:
            await asyncio.wait(unanswered)

    async def of(self, user_id: UUID, film_id: UUID) -> Found:
        """Without one of the two, or both, as long as it is not stored. Raises Problem 503."""
        key = (str(user_id), str(film_id))
        question = self._gathering
        if question is None or not question.may_be_joined:
            question = self._begin()
        question.keys.add(key)
        # A reader who leaves does not take the answer away from the others.
        return (await asyncio.shield(question.answer)).get(key, {})

    def _begin(self) -> _Question:
        question = self._gathering = _Question()
        # Of no reader's context: a log line of it would have the request id of the first.
        question.answer = asyncio.create_task(self._ask(question), context=Context())
        self._unanswered.add(question.answer)
        question.answer.add_done_callback(self._done)
        return question

    def _done(self, answer: asyncio.Task[Mapping[Key, Found]]) -> None:
        self._unanswered.discard(answer)
        if not answer.cancelled():
            answer.exception()  # was told to the readers, if one of them is still there

    async def _ask(self, question: _Question) -> Mapping[Key, Found]:
        try:
            rows = await self._warehouse.ask(
                "positions",
                POSITIONS,
                self._turns,
                lambda: {"keys": self._keys_of(question)},
                **SETTINGS,
            )
        finally:
            self._close(question)  # also if its turn never came
        found: dict[Key, dict[str, Mapping[str, Any]]] = defaultdict(dict)
        for row in rows:
            position = dict(zip(POSITION, row["last"], strict=True))
            found[row["user_id"], row["film_id"]][row["which"]] = position
        return found

    def _keys_of(self, question: _Question) -> list[Key]:
        """All it will ever have."""
        self._close(question)
        return list(question.keys)

    def _close(self, question: _Question) -> None:
        if self._gathering is question:
            self._gathering = None
