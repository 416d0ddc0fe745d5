"""Connections for requests: a new one for each, or the kept one of a `session_id`."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from .engine import Connection, Engine
from .errors import ServerError

MAX_IDLE_SESSIONS = 32
"""The session that waited longest is dropped for a new one: each holds a connection."""

SessionKey = tuple[str, str]
"""User and session id: nobody enters another user's session."""


@dataclass(frozen=True)
class _Idle:
    connection: Connection
    expiry: asyncio.TimerHandle


class Sessions:
    """Lends connections; a session's keeps its temporary tables, `USE` and `SET`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._idle: dict[SessionKey, _Idle] = {}
        self._busy: set[SessionKey] = set()

    @asynccontextmanager
    async def borrow(self, key: SessionKey | None, timeout_s: float) -> AsyncIterator[Connection]:
        """Raises ServerError 373 when another request is in this session."""
        if key is None:
            connection = await self._engine.connect()
            try:
                yield connection
            finally:
                connection.close()
            return
        if key in self._busy:
            raise ServerError(373, f"Session {key[1]} is locked", "SESSION_IS_LOCKED")
        self._busy.add(key)
        try:
            connection = await self._take(key)
            try:
                yield connection
            except ServerError:
                self._keep(key, connection, timeout_s)
                raise
            except BaseException:
                # Its client left, or the server stops: the query may still hold it.
                connection.close()
                raise
            self._keep(key, connection, timeout_s)
        finally:
            self._busy.discard(key)

    def close(self) -> None:
        for key in list(self._idle):
            self._drop(key)

    async def _take(self, key: SessionKey) -> Connection:
        idle = self._idle.pop(key, None)
        if idle is None:
            return await self._engine.connect()
        idle.expiry.cancel()
        return idle.connection

    def _keep(self, key: SessionKey, connection: Connection, timeout_s: float) -> None:
        if len(self._idle) >= MAX_IDLE_SESSIONS:
            self._drop(next(iter(self._idle)))
        expiry = asyncio.get_running_loop().call_later(timeout_s, self._drop, key)
        self._idle[key] = _Idle(connection, expiry)

    def _drop(self, key: SessionKey) -> None:
        idle = self._idle.pop(key)
        idle.expiry.cancel()
        idle.connection.close()
