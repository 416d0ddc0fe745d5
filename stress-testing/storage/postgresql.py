"""PostgreSQL with the product's tables and promises, written and read as suits it best.

A batch goes by COPY into a temporary table, and from there by one statement into all others;
measured beside it were arrays (`unnest`) and JSON, both slower for large batches. A single event is
a prepared statement without the detour.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from uuid import UUID

import psycopg
from processes import family_cpu_s
from storage import statements
from storage.events import Event
from storage.postgres_server import Configuration, postgres_server
from storage.store import Census, Film, Position

from embedded.child import Child

SCHEMA = Path(__file__).with_name("schema.sql")
TABLES: Mapping[str, Sequence[str]] = {
    "views": ["views"],
    "positions": ["latest_view", "longest_view"],
    "viewer_days": ["viewer_days"],
}


class PostgreSQL:
    def __init__(
        self, child: Child, writing: psycopg.AsyncConnection, reading: psycopg.AsyncConnection
    ) -> None:
        self._child = child
        self._writing = writing
        self._reading = reading

    def encode(self, events: Sequence[Event]) -> bytes:
        """As COPY takes them, in the order of its columns."""
        return "".join(
            f"{e.user_id}\t{e.film_id}\t{e.event_id}\t{e.event_time}\t{e.received_at}"
            f"\t{e.progress}\t{e.total}\n"
            for e in events
        ).encode()

    async def insert(self, batch: bytes) -> None:
        if batch.count(b"\n") == 1:
            values = batch.decode().rstrip("\n").split("\t")
            await self._writing.execute(statements.INSERT_ONE, values, prepare=True)
            return
        async with self._writing.transaction(), self._writing.cursor() as cursor:
            async with cursor.copy(statements.COPY) as copy:
                await copy.write(batch)
            await cursor.execute(statements.INSERT_ARRIVED, prepare=True)

    async def positions(self, viewer: UUID, film: UUID) -> Mapping[str, Position]:
        asked = {"viewer": viewer, "film": film}
        found = await self._reading.execute(statements.POSITIONS, asked, prepare=True)
        return {which: Position(*rest) for which, *rest in await found.fetchall()}

    async def most_watched(self, days: int, rows: int) -> Sequence[Film]:
        asked = {"days": days, "rows": rows}
        found = await self._reading.execute(statements.MOST_WATCHED, asked)
        return [Film(*row) for row in await found.fetchall()]

    async def viewers_per_day(self) -> Sequence[tuple[date, int]]:
        found = await self._reading.execute(statements.VIEWERS_PER_DAY)
        return [(day, viewers) for day, viewers in await found.fetchall()]

    async def settle(self) -> None:
        """What autovacuum would do in its next round, now."""
        await self._writing.execute("SELECT pg_stat_force_next_flush()")
        due = await self._reading.execute(statements.DUE)
        for table, vacuum, analyze in await due.fetchall():
            if vacuum:
                await self._writing.execute(f"VACUUM {table}".encode())
            if analyze:
                await self._writing.execute(f"ANALYZE {table}".encode())

    async def flush(self) -> None:
        await self._writing.execute("CHECKPOINT")

    async def census(self) -> Census:
        row = await (await self._reading.execute(statements.CENSUS)).fetchone()
        assert row is not None  # noqa: S101 - an aggregate has one
        return Census(*map(int, row))

    async def disk_bytes(self) -> Mapping[str, int]:
        return {
            name: sum([await self._size(table) for table in tables])
            for name, tables in TABLES.items()
        }

    async def _size(self, table: str) -> int:
        row = await (await self._reading.execute(statements.SIZE, [table])).fetchone()
        assert row is not None  # noqa: S101 - an expression has one
        return int(row[0])

    async def version(self) -> str:
        """Without the package's own: 15.18 (Debian ...)."""
        row = await (await self._reading.execute("SHOW server_version")).fetchone()
        assert row is not None  # noqa: S101 - a setting has one
        return str(row[0]).split()[0]

    def cpu_s(self) -> float:
        return family_cpu_s(self._child.pid)


@asynccontextmanager
async def postgresql(configuration: Configuration) -> AsyncIterator[PostgreSQL]:
    """A server of its own, with its data in a temporary folder."""
    async with (
        postgres_server(configuration) as running,
        await psycopg.AsyncConnection.connect(running.address, autocommit=True) as writing,
        await psycopg.AsyncConnection.connect(running.address, autocommit=True) as reading,
    ):
        await writing.execute(SCHEMA.read_bytes())
        await writing.execute(statements.ARRIVING)
        yield PostgreSQL(running.child, writing, reading)
