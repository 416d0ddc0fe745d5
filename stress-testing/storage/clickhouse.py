"""ClickHouse as the product has it: its server, tables, inserts and reads."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from merging import merged
from processes import cost
from storage.events import Event
from storage.store import Census, Film, Position

from configuration import load
from embedded import children
from embedded.child import Child
from embedded.credentials import Credentials
from embedded.settings import Settings
from embedded.stack import start_and_wait
from etl.migrations import migrate
from etl.settings import Settings as EtlSettings
from etl.sql import Sql
from etl.warehouse import Warehouse as Writing
from tests.stack import place
from ugc_api.metrics import Metrics
from ugc_api.reads.positions import PositionReads
from ugc_api.reads.queries import FILMS
from ugc_api.reads.warehouse import Warehouse as Reading

TABLES = ("views_local", "positions_local", "viewer_days_local")
FSYNC = "fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1"
"""An insert is answered when its parts are on the disk; merged parts are before they count."""

VIEWERS_PER_DAY = """
SELECT toDate(event_time, 'UTC') AS day, uniqExact(user_id)
FROM movies.views
GROUP BY day
ORDER BY day
"""
# Five million times are more than fit into an Int64.
CENSUS = """
SELECT
    count(),
    sum(toInt64(toDecimal64(progress, 3) * 1000)),
    sum(toInt64(toDecimal64(total, 3) * 1000)),
    sum(toInt128(toUnixTimestamp64Milli(event_time))),
    sum(toInt128(toUnixTimestamp64Milli(received_at)))
FROM movies.views FINAL
"""
DISK = """
SELECT table, sum(bytes_on_disk)
FROM system.parts
WHERE active AND database = 'movies'
GROUP BY table
"""


class ClickHouse:
    def __init__(self, child: Child, writing: Writing, reading: Reading, sql: Sql) -> None:
        self._child = child
        self._writing = writing
        self._reading = reading
        self._positions = PositionReads(reading)
        self._sql = sql

    def encode(self, events: Sequence[Event]) -> bytes:
        """As they stand in the topic."""
        return "\n".join(map(line, events)).encode()

    async def insert(self, batch: bytes) -> None:
        await self._writing.insert([batch])

    async def positions(self, viewer: UUID, film: UUID) -> Mapping[str, Position]:
        found = await self._positions.of(viewer, film)
        return {which: _position(row) for which, row in found.items()}

    async def most_watched(self, days: int, rows: int) -> Sequence[Film]:
        found = await self._reading.rows("films_top", FILMS, days=days, rows=rows)
        return [
            Film(
                UUID(row["film_id"]),
                int(row["viewers"]),
                int(row["completions"]),
                _milliseconds(row["reached_seconds"]),
            )
            for row in found
        ]

    async def viewers_per_day(self) -> Sequence[tuple[date, int]]:
        text = await self._sql.ask(VIEWERS_PER_DAY)
        pairs = (line.split("\t") for line in text.splitlines())
        return [(date.fromisoformat(day), int(viewers)) for day, viewers in pairs]

    async def settle(self) -> None:
        await merged(self._sql.ask)

    async def flush(self) -> None:
        """It has nothing in memory that the kernel has not."""
        await asyncio.to_thread(os.sync)

    async def census(self) -> Census:
        return Census(*map(int, (await self._sql.ask(CENSUS)).split()))

    async def disk_bytes(self) -> Mapping[str, int]:
        lines = (line.split("\t") for line in (await self._sql.ask(DISK)).splitlines())
        found = {table: int(size) for table, size in lines}
        return {table.removesuffix("_local"): found[table] for table in TABLES}

    async def version(self) -> str:
        return (await self._sql.ask("SELECT version()")).strip()

    def cpu_s(self) -> float:
        return cost(self._child.pid).cpu_s


@asynccontextmanager
async def clickhouse(folder: Path, *, fsync: bool) -> AsyncIterator[ClickHouse]:
    """Its data in `folder`; without `fsync` the kernel writes what was inserted when it likes."""
    with place(folder) as settings:
        child = children.clickhouse(settings)
        try:
            await start_and_wait(child)
            async with httpx.AsyncClient(timeout=120) as http, _reading(settings) as reading:
                known = load(EtlSettings, children.migrate(settings).recipe.environment)
                sql = Sql(http, known)
                await migrate(sql, cluster=None)
                if fsync:
                    for table in TABLES:
                        await sql.tell(f"ALTER TABLE movies.{table} MODIFY SETTING {FSYNC}")
                yield ClickHouse(child, Writing.of(_writer(settings), http), reading, sql)
        finally:
            await child.kill()


def _writer(settings: Settings) -> EtlSettings:
    return load(EtlSettings, children.etl(settings).recipe.environment)


def _reading(settings: Settings) -> Reading:
    password = Credentials.load_or_make(settings.data_dir).clickhouse_passwords["api_reader"]
    return Reading([settings.clickhouse_url], "api_reader", password, Metrics())


def line(event: Event) -> str:
    """Its value in the topic."""
    return (
        f'{{"v":1,"user_id":"{event.user_id}","film_id":"{event.film_id}",'
        f'"event_id":"{event.event_id}","progress":{_seconds(event.progress)},'
        f'"total":{_seconds(event.total)},"event_time":"{event.event_time}",'
        f'"received_at":"{event.received_at}"}}'
    )


def _seconds(milliseconds: int) -> str:
    return f"{milliseconds // 1000}.{milliseconds % 1000:03}"


def _milliseconds(seconds: float | str) -> int:
    return round(float(seconds) * 1000)


def _position(row: Mapping[str, Any]) -> Position:
    return Position(
        _milliseconds(row["progress"]),
        _milliseconds(row["total"]),
        datetime.fromisoformat(row["event_time"]),
        UUID(row["event_id"]),
    )
