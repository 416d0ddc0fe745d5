"""ClickHouse as the worker sees it: it has the rows, or an error says why not.

One small client of its own, because an answer of 200 may still carry an exception in its headers.
An INSERT may be repeated at any time, whole or in part: identity is in the rows, never in blocks,
so ClickHouse's block deduplication is switched off (it would swallow a repair).
"""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress

import httpx

from etl.exits import EmptyNode, warehouse_error
from etl.nodes import Nodes
from etl.settings import Settings

COLUMNS = "user_id, film_id, event_id, progress, total, event_time, received_at"

PINNED: dict[str, str | int] = {
    "wait_end_of_query": 1,  # no 200 before the rows are stored
    "async_insert": 0,  # the worker has batched already, and waits
    "deduplicate_insert": "disable",
    "materialized_views_ignore_errors": 0,
    "distributed_foreground_insert": 1,
    "date_time_input_format": "best_effort",
    "input_format_skip_unknown_fields": 1,  # `v`
    "input_format_parallel_parsing": 0,
    "input_format_null_as_default": 0,
    "max_partitions_per_insert_block": 0,  # a batch may be a month of everybody's offline devices
    "max_execution_time": 0,
}


class Warehouse:
    """Inserts over `http` into `table` through one of `nodes`; after a failure the next insert
    goes through the next one."""

    def __init__(
        self, http: httpx.AsyncClient, nodes: Sequence[str], table: str, user: str, password: str
    ) -> None:
        self._http = http
        self._nodes = Nodes(nodes)
        self._query = f"INSERT INTO movies.{table} ({COLUMNS}) FORMAT JSONEachRow"
        self._headers = {"X-ClickHouse-User": user, "X-ClickHouse-Key": password}

    @classmethod
    def of(cls, settings: Settings, http: httpx.AsyncClient) -> "Warehouse":
        return cls(
            http,
            settings.clickhouse_nodes,
            settings.target_table,
            settings.clickhouse_user,
            settings.clickhouse_password,
        )

    async def insert(self, lines: Sequence[bytes]) -> None:
        """Store JSON lines, any number to an item and each ended by a line feed. Raises
        WarehouseError or httpx.TransportError; then nothing is known of what was stored, and the
        same rows are to be sent again.

        A node without the table is passed over at once: the error is raised when all are so."""
        for _ in range(len(self._nodes) - 1):
            with suppress(EmptyNode):
                return await self._insert(lines)
        await self._insert(lines)

    async def _insert(self, lines: Sequence[bytes]) -> None:
        with self._nodes.turn() as node:
            answer = await self._http.post(
                node,
                params={"query": self._query, **PINNED},
                headers={**self._headers, "Content-Length": str(sum(map(len, lines)))},
                content=_given_out(lines),
            )
            raise_for(answer)


async def _given_out(lines: Sequence[bytes]) -> AsyncIterator[bytes]:
    """Not kept: httpx leaves each request in a cycle of references, which would hold megabytes
    until the collector comes by."""
    for some in lines:
        yield some


def raise_for(answer: httpx.Response) -> None:
    """Raises WarehouseError unless the answer says, in status and headers, that all went well."""
    named = answer.headers.get("X-ClickHouse-Exception-Code")
    if answer.status_code == httpx.codes.OK and named is None:
        return
    text = answer.text[:500]
    found = re.search(r"Code: (\d+)\.", text)
    code = int(named) if named else int(found[1]) if found else 0
    raise warehouse_error(answer.status_code, code, text)
