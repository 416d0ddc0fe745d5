"""An installation that has had two tables of positions gets the one without losing any."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from client_gaps import http_client
from etl.migrations import FOLDER, migrate, migrations
from etl.settings import Settings
from etl.sql import Sql
from tests.integration.embedded_clickhouse.server_process import ServerProcess
from tests.integration.warehouse.breaking import Breaking, BrokenOff
from tests.waiting import until

VIEWS = ("latest_view", "longest_view")
OLD = "until-0004"
COLUMNS = "user_id, film_id, progress, total, event_time, event_id, version"
MADE_ANEW = f"""
SELECT {COLUMNS} FROM (
    SELECT user_id, film_id, progress, total, event_time, event_id, bitOr(
        bitShiftLeft(toUInt128({{order}}), 64), toUInt128(sipHash64(event_id))) AS version
    FROM movies.views FINAL
    WHERE film_id != toUUID('00000000-0000-0000-0000-000000000000')
)
ORDER BY user_id, film_id, version DESC LIMIT 1 BY user_id, film_id
"""
ORDERS = {
    "latest_view": "toUnixTimestamp64Milli(event_time)",
    "longest_view": "toDecimal64(progress, 3) * 1000",
}


def events(seed: int, count: int, progress: str = "") -> str:
    """Of a hundred viewers and seven films, the canary's among them; some in one millisecond."""
    progress = progress or f"cityHash64(number, {seed}) % 1000"
    return (
        "INSERT INTO movies.views_local "
        "(user_id, film_id, event_id, progress, total, event_time, received_at) "
        "SELECT toUUID(leftPad(toString(1 + number % 100), 32, '0')), "
        "toUUID(leftPad(toString(number % 7), 32, '0')), generateUUIDv4(), "
        f"{progress}, 1000, toDateTime64('2026-11-01 00:00:00', 3, 'UTC') "
        f"+ INTERVAL cityHash64(number, {seed}, 1) % 9 HOUR, now() FROM numbers({count})"
    )


@pytest.fixture
async def before(tmp_path: Path) -> AsyncIterator[tuple[ServerProcess, Sql]]:
    """With the tables of then, and events."""
    files = tmp_path / OLD
    files.mkdir()
    for file in FOLDER.glob("000[0-4]_*.sql"):
        shutil.copy(file, files)
    with ServerProcess(tmp_path) as server:
        server.wait_until_ready()
        async with http_client(30) as http:
            sql = Sql(http, Settings(clickhouse_url=server.url))
            assert len(await migrate(sql, None, files)) == 5
            server.ask(events(1, 3000))
            server.ask(events(2, 3000))
            yield server, sql


def seen(server: ServerProcess) -> dict[str, str]:
    return {
        view: server.ask(f"SELECT {COLUMNS} FROM movies.{view} FINAL ORDER BY user_id, film_id")
        for view in VIEWS
    }


def made_anew(server: ServerProcess) -> dict[str, str]:
    return {
        view: server.ask(f"SELECT * FROM ({MADE_ANEW.format(order=order)}) ORDER BY 1, 2")
        for view, order in ORDERS.items()
    }


async def test_every_position_is_found_as_before_and_new_ones_are(
    before: tuple[ServerProcess, Sql],
) -> None:
    server, sql = before
    had = seen(server)
    assert had == made_anew(server)
    await migrate(sql, None)
    assert seen(server) == had
    assert server.ask("SELECT engine FROM system.tables WHERE name = 'latest_view'") == "View"
    stored = server.ask("SELECT engine_full FROM system.tables WHERE name = 'positions_local'")
    assert "index_granularity = 1024" in stored  # cannot be altered later
    server.ask(events(3, 2000))
    assert seen(server) == made_anew(server) != had
    for view in VIEWS:  # also for who forgot FINAL
        assert server.ask(f"SELECT count() FROM movies.{view} SETTINGS final = 0") == "600"


async def test_an_insert_under_way_is_waited_for(before: tuple[ServerProcess, Sql]) -> None:
    server, sql = before
    slow = asyncio.create_task(
        asyncio.to_thread(server.ask, events(4, 20, "sleepEachRow(0.1) + 1001 + number"))
    )
    running = "SELECT count() FROM system.processes WHERE query_kind = 'Insert' AND elapsed > 0.1"

    async def began() -> bool:
        return await sql.ask(running) == "1\n"

    await until(began)
    await migrate(sql, None)
    await slow
    assert seen(server) == made_anew(server)
    assert server.ask("SELECT count() FROM movies.longest_view WHERE progress > 1000") == "17"


async def test_a_run_that_broke_off_loses_no_position(before: tuple[ServerProcess, Sql]) -> None:
    server, sql = before
    first, *_, but_one, last = (len(one.statements(None)) for one in migrations())
    for told in range(but_one + 1 + last + 1):
        server.ask("DROP DATABASE movies SYNC")
        await migrate(sql, None, server.folder / OLD)
        server.ask(events(6, 700))
        with pytest.raises(BrokenOff):
            await migrate(Breaking(sql, first + told), None)
        server.ask(events(7, 700))
        await migrate(sql, None)
        server.ask(events(8, 700))
        assert seen(server) == made_anew(server), told


async def test_all_again_changes_no_position(before: tuple[ServerProcess, Sql]) -> None:
    server, sql = before
    await migrate(sql, None)
    server.ask(events(5, 1000))
    had, rows = seen(server), server.ask("SELECT count() FROM movies.positions_local")
    await migrate(sql, None, again=True)
    assert seen(server) == had == made_anew(server)
    assert server.ask("SELECT count() FROM movies.positions_local") == rows
    assert server.ask("SHOW TABLES FROM movies LIKE '%est_view_mv'") == ""
