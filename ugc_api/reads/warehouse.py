"""ClickHouse as the API reads it: rows in time, or 503 `clickhouse_away`.

Values reach a query only as bound parameters, never as text of it. aiochclient binds none, but
hands its constructor's settings on: so each query has a light client of its own, over one small
pool of connections. Writing events does not come by here.
"""

import asyncio
import functools
import logging
import re
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx
import orjson
from aiochclient import ChClient, ChClientError

from client_gaps import http_client
from ugc_api.metrics import Metrics
from ugc_api.reads.problems import problem

log = logging.getLogger(__name__)

CONNECTIONS = 8
WITHIN_S = 2.8
"""All tries of a query together; ClickHouse gives up a little earlier by itself."""

WAIT_S = 1.0
"""For a connection, while all are used."""

_TIMES = httpx.Timeout(connect=0.5, read=2.5, write=1.0, pool=None)
_SETTINGS: dict[str, str | int] = {
    "max_execution_time": 2,
    "wait_end_of_query": 1,  # aiochclient takes an answer that began well for a good one
    "final": 0,  # the queries say FINAL where they need it
    "date_time_output_format": "iso",
}


class Busy(Exception):
    """All connections are used."""


class _Client(ChClient):  # type: ignore[misc]  # untyped client
    # A millisecond of sqlparse for each query, and there are only a handful of texts.
    _parse_squery = staticmethod(functools.lru_cache(ChClient._parse_squery))


class Warehouse:
    """Reads through the first of `nodes` that answers; after a failure the next one is asked."""

    def __init__(
        self,
        nodes: Sequence[str],
        user: str,
        password: str,
        metrics: Metrics,
        within_s: float = WITHIN_S,
    ) -> None:
        self._within_s = within_s
        self._nodes = tuple(nodes)
        self._turn = 0
        self._user = user
        self._password = password
        self._metrics = metrics
        self._free = asyncio.Semaphore(CONNECTIONS)
        self._http = http_client(
            _TIMES,
            # No limit of its own: a request that is cancelled in its queue leaves it a connection
            # that nobody opens, until there is none.
            httpx.Limits(max_connections=None, max_keepalive_connections=CONNECTIONS),
        )

    async def __aenter__(self) -> "Warehouse":
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._http.aclose()

    async def rows(self, name: str, sql: str, **parameters: object) -> list[dict[str, Any]]:
        """The rows of a SELECT, whose `{x:Type}` are `parameters`; `name` is the metric's label.
        Raises Problem 503."""
        return await self.ask(name, sql, self._free, lambda: parameters)

    async def ask(
        self,
        name: str,
        sql: str,
        turns: asyncio.Semaphore,
        bind: Callable[[], Mapping[str, object]],
        **settings: int,
    ) -> list[dict[str, Any]]:
        """The same in a turn of its own kind, with settings of ClickHouse; `bind` gives the
        parameters when the turn has come."""
        started = time.perf_counter()
        try:
            async with asyncio.timeout(self._within_s), _turn(turns):
                bound = {f"param_{name}": str(value) for name, value in bind().items()}
                return await self._ask_around(sql, {**settings, **bound})
        except (Busy, TimeoutError, httpx.TransportError, ChClientError) as error:
            reason = _reason(error)
            self._metrics.read_failures.labels(reason).inc()
            log.warning(
                "ClickHouse did not answer a read",
                extra={"query": name, "reason": reason, "error": _named(error)},
            )
            raise problem("clickhouse_away") from None
        finally:
            self._metrics.read_seconds.labels(name).observe(time.perf_counter() - started)

    async def _ask_around(self, sql: str, given: Mapping[str, str | int]) -> list[dict[str, Any]]:
        # Twice even if there is one node: it may just have closed a connection that we kept.
        tries = max(2, len(self._nodes))
        # A node that hangs leaves time for another.
        patience = self._within_s / min(2, len(self._nodes))
        for number in range(1, tries + 1):
            turn = self._turn
            try:
                async with asyncio.timeout(patience):
                    return await self._ask(self._nodes[turn % len(self._nodes)], sql, given)
            except (TimeoutError, httpx.TransportError, ChClientError) as error:
                if self._turn == turn:
                    self._turn += 1
                refused_by_all = isinstance(error, ChClientError) and len(self._nodes) == 1
                if number == tries or refused_by_all:
                    raise
        raise AssertionError("unreachable")

    async def _ask(
        self, node: str, sql: str, given: Mapping[str, str | int]
    ) -> list[dict[str, Any]]:
        client = _Client(
            self._http,
            url=node,
            user=self._user,
            password=self._password,
            database="",
            json=orjson,
            **_SETTINGS,
            **given,
        )
        try:
            rows: list[dict[str, Any]] = await client.fetch(sql, json=True)
        except (orjson.JSONDecodeError, AssertionError) as error:
            # Its way to say that the answer was no lines of JSON, or broke off in one.
            raise ChClientError(f"not an answer of ClickHouse: {type(error).__name__}") from None
        return rows


@asynccontextmanager
async def _turn(turns: asyncio.Semaphore) -> AsyncIterator[None]:
    """Raises Busy."""
    try:
        async with asyncio.timeout(WAIT_S):
            await turns.acquire()
    except TimeoutError:
        raise Busy from None
    try:
        yield
    finally:
        turns.release()


def _reason(error: Exception) -> str:
    if isinstance(error, Busy):
        return "busy"
    if isinstance(error, TimeoutError | httpx.TimeoutException):
        return "timeout"
    return "error" if isinstance(error, ChClientError) else "unreachable"


def _named(error: Exception) -> str:
    """ClickHouse's name and number of an error: its text may hold a viewer's id."""
    found = re.search(r"Code: (\d+)\.", str(error))
    name = re.search(r"\(([A-Z_]{3,})\)", str(error))
    if isinstance(error, ChClientError) and found:
        return f"{found[1]} {name[1] if name else ''}".strip()
    return type(error).__name__
