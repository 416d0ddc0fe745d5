"""A derived table made anew from `views`, while the worker inserts and everybody reads.

    X_rebuilding      a table like X_local, with a view that fills it from now on like X's own
    wait              for inserts that began before that view: they fill only X
    fill              X_rebuilding from `views FINAL`, by the very SELECT of X's view
    carry over        what is older than `views` keeps its events (13 months) from X itself
    exchange          X_local and X_rebuilding, in one step
    drop              the view, then, when no insert can still be writing to it, the old table

Neither two at once nor beside `migrate`, which may be filling the table that is exchanged away.
Broken off at any point it is run again: X is complete before and after the exchange, and what was
left over is dropped first. Why it is exact: both tables see every insert, and rows that come twice
fold, as everywhere (`architecture/decisions/0004-identity-in-rows.md`).
"""

import asyncio
import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from etl.cluster import Cluster
from etl.older_inserts import older_inserts_done
from etl.sql import Sql

TABLES = ("positions", "viewer_days")

_SHOW_EVERY_S = 0.5
_FILL: dict[str, str | int] = {
    "final": 1,
    "deduplicate_insert": "disable",
    "distributed_foreground_insert": 1,
    "max_execution_time": 0,
}
_SOURCE = "FROM movies.views_local"


class UnknownView(Exception):
    """The derived table's own view is not there, or reads something else than expected."""


_ANY_SIZE = "SETTINGS max_table_size_to_drop = 0, max_partition_size_to_drop = 0"
"""Or a server keeps what has more than 50 GB."""


class AnotherRebuild(Exception):
    """The table that was being filled is not ours any more: two rebuilds at once."""


@dataclass(frozen=True)
class Rebuilding:
    """The statements for one table, of a named cluster or of one node (None)."""

    table: str
    select: str
    columns: Sequence[str]  # as the SELECT gives them
    cluster: str | None

    @property
    def shadow(self) -> str:
        return f"{self.table}_rebuilding"

    @property
    def _everywhere(self) -> str:
        return f" ON CLUSTER {self.cluster}" if self.cluster else ""

    @property
    def _target(self) -> str:
        target = f"movies.{self.shadow}"
        if self.cluster:
            return f"FUNCTION cluster('{self.cluster}', {target}, cityHash64(user_id))"
        return target

    def drop_view(self) -> str:
        return f"DROP VIEW IF EXISTS movies.{self.shadow}_mv{self._everywhere} SYNC"

    def drop_table(self) -> str:
        return f"DROP TABLE IF EXISTS movies.{self.shadow}{self._everywhere} SYNC {_ANY_SIZE}"

    def create_table(self) -> str:
        return f"CREATE TABLE movies.{self.shadow}{self._everywhere} AS movies.{self.table}_local"

    def create_view(self) -> str:
        return (
            f"CREATE MATERIALIZED VIEW movies.{self.shadow}_mv{self._everywhere} "
            f"TO movies.{self.shadow} AS {self.select}"
        )

    def fill(self) -> str:
        """From all shards into all shards: a viewer's rows stay on the viewer's shard."""
        select = self.select.replace(_SOURCE, "FROM movies.views")
        return f"INSERT INTO {self._target} ({', '.join(self.columns)}) {select}"

    def carry_over(self) -> str:
        """What `views` has forgotten, or is about to (its TTL), the derived table alone knows."""
        moment = "day" if self.table == "viewer_days" else "event_time"
        columns = ", ".join(self.columns)
        return (
            f"INSERT INTO {self._target} ({columns}) "  # noqa: S608 - names of ours
            f"SELECT {columns} FROM movies.{self.table} "
            f"WHERE {moment} < now() - INTERVAL 13 MONTH + INTERVAL 1 DAY"
        )

    def exchange(self) -> str:
        return (
            f"EXCHANGE TABLES movies.{self.table}_local AND movies.{self.shadow}{self._everywhere}"
        )


@dataclass(frozen=True)
class Filling:
    """How far it is: rows of `views` read, of about so many."""

    read: int
    total: int


async def rebuild(sql: Sql, table: str, cluster: str | None) -> AsyncIterator[Filling]:
    """Make `movies.<table>` anew. Raises UnknownView, AnotherRebuild, HostsFailed, WarehouseError
    and httpx.TransportError."""
    plan = await _plan(sql, table, cluster)
    everywhere: Cluster | Sql = sql
    if cluster:
        everywhere = Cluster(sql, cluster)
        # A run that broke off in its exchange left hosts with either table under this name: what
        # looks like the left-over is, on some, the one that is read.
        await everywhere.check_tables(f"{table}_local")
    await everywhere.tell(plan.drop_view())
    await older_inserts_done(sql, cluster)
    await everywhere.tell(plan.drop_table())
    await everywhere.tell(plan.create_table())
    ours = await _identity(sql, plan)
    await everywhere.tell(plan.create_view())
    await older_inserts_done(sql, cluster)
    query_id = str(uuid.uuid4())
    filling = asyncio.create_task(sql.tell(plan.fill(), query_id=query_id, **_FILL))
    try:
        while not filling.done():
            await asyncio.wait([filling], timeout=_SHOW_EVERY_S)
            if (progress := await _progress(sql, query_id)) is not None:
                yield progress
        filling.result()
    finally:
        filling.cancel()
    await sql.tell(plan.carry_over(), **_FILL)
    if await _identity(sql, plan) != ours:
        raise AnotherRebuild(f"movies.{table} is being rebuilt by somebody else")
    await everywhere.tell(plan.exchange())
    await everywhere.tell(plan.drop_view())
    await older_inserts_done(sql, cluster)
    await everywhere.tell(plan.drop_table())


async def _plan(sql: Sql, table: str, cluster: str | None) -> Rebuilding:
    view = f"{table}_mv"
    select = await sql.ask(
        "SELECT as_select FROM system.tables "
        "WHERE database = 'movies' AND name = {view:String} FORMAT TSVRaw",
        param_view=view,
    )
    columns = await sql.ask(
        "SELECT name FROM system.columns "
        "WHERE database = 'movies' AND table = {view:String} ORDER BY position",
        param_view=view,
    )
    if select.count(_SOURCE) != 1:
        raise UnknownView(f"movies.{view} is missing, or does not read movies.views_local")
    return Rebuilding(table, select.strip(), columns.split(), cluster)


async def _identity(sql: Sql, plan: Rebuilding) -> str:
    """Of the table that is being filled."""
    return await sql.ask(
        "SELECT uuid FROM system.tables WHERE database = 'movies' AND name = {shadow:String}",
        param_shadow=plan.shadow,
    )


async def _progress(sql: Sql, query_id: str) -> Filling | None:
    row = await sql.ask(
        "SELECT read_rows, total_rows_approx FROM system.processes "
        "WHERE query_id = {query_id:String}",
        param_query_id=query_id,
    )
    return Filling(*map(int, row.split())) if row else None
