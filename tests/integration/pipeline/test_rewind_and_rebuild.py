"""Stored again from Kafka, made anew from `views`: both while players report, and analysts see
the same as before, but for what was wrong."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from embedded.stack import Stack
from tests.analyst import Analyst
from tests.integration.pipeline.commands import etl
from tests.players import Ledger, more_accepted, playing
from tests.stack import private_stack
from tests.waiting import until

DERIVED = ("positions", "viewer_days")


@pytest.fixture(scope="module")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    folder = tmp_path_factory.mktemp("rewound")
    short = {"UGC_RATE_PER_USER": "0", "KAFKA_SESSION_TIMEOUT_MS": "6000"}
    async with private_stack(folder, **short) as stack:
        await stack.start()
        yield stack


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    """All that was accepted by this file's stack."""
    return Ledger()


async def done(stack: Stack, *arguments: str) -> str:
    code, said = await etl(stack.settings, *arguments)
    assert code == 0, said
    return said


async def test_a_rewind_brings_back_what_was_lost_and_changes_nothing_else(
    stack: Stack, ledger: Ledger
) -> None:
    analyst = Analyst(stack.settings)
    async with playing(stack.settings, ledger, seed=1):
        await more_accepted(ledger, 300)
        lost = list(ledger.accepted)[:100]
        await until(lambda: analyst.stored(lost[-1][2]))
        for table in ("views", *DERIVED):
            of_all = "1" if table != "views" else f"event_id IN {[str(i[2]) for i in lost]}"
            await analyst.rows(
                f"ALTER TABLE movies.{table}_local DELETE WHERE {of_all} "
                "SETTINGS mutations_sync = 1"
            )
        assert not await analyst.stored(lost[0][2])
        said = await done(stack, "rewind", "--to", "1h")
        assert "events stored again" in said
        await more_accepted(ledger, 20)
    await analyst.assert_agrees(ledger)


@pytest.mark.parametrize("table", DERIVED)
async def test_a_rebuild_while_players_report_is_exact(
    stack: Stack, ledger: Ledger, table: str
) -> None:
    analyst = Analyst(stack.settings)
    seed = 2 + DERIVED.index(table)
    async with playing(stack.settings, ledger, seed=seed):
        await more_accepted(ledger, 100)
        # Half of the rows lost, and the other half wrong, as no event is.
        await analyst.rows(
            f"ALTER TABLE movies.{table}_local DELETE WHERE cityHash64(user_id) % 2 = 0 "
            "SETTINGS mutations_sync = 1"
        )
        await analyst.rows(
            f"ALTER TABLE movies.{table}_local UPDATE progress = 5399.999 WHERE 1 "
            "SETTINGS mutations_sync = 1"
        )
        await done(stack, "rebuild", table)
        await more_accepted(ledger, 50)
    await analyst.assert_agrees(ledger)
    assert await analyst.rows("SHOW TABLES FROM movies LIKE '%rebuilding%'") == []


async def test_an_insert_that_began_before_a_rebuild_is_not_forgotten_by_it(
    stack: Stack,
) -> None:
    analyst, film = Analyst(stack.settings), uuid4()
    slow = asyncio.create_task(
        analyst.rows(
            "INSERT INTO movies.views_local "
            "(user_id, film_id, event_id, progress, total, event_time, received_at) "
            f"SELECT generateUUIDv4(), '{film}', generateUUIDv4(), sleepEachRow(0.1), 10, now(), "
            "now() FROM numbers(25)"
        )
    )
    insert = "SELECT count() FROM system.processes WHERE query_kind = 'Insert' AND elapsed > 0.1"
    await until(lambda: _is(analyst, insert, "1"))
    await done(stack, "rebuild", "positions")
    await slow
    count = f"SELECT count() FROM movies.positions WHERE film_id = '{film}'"
    assert await analyst.value(count) == "50"
    await analyst.rows(
        f"ALTER TABLE movies.views_local DELETE WHERE film_id = '{film}' "
        "SETTINGS mutations_sync = 1"
    )


async def _is(analyst: Analyst, sql: str, value: str) -> bool:
    return await analyst.value(sql) == value


@pytest.mark.parametrize("table", DERIVED)
async def test_a_rebuild_keeps_what_views_has_forgotten(stack: Stack, table: str) -> None:
    analyst, film = Analyst(stack.settings), uuid4()
    moment, value = ("day", "today()") if table == "viewer_days" else ("event_time", "now()")
    await analyst.rows(
        f"INSERT INTO movies.{table}_local (user_id, film_id, progress, total, {moment}) "
        f"SELECT generateUUIDv4(), '{film}', number, 10, {value} - INTERVAL number YEAR "
        "FROM numbers(3)"
    )
    await done(stack, "rebuild", table)
    kept = f"SELECT progress FROM movies.{table} WHERE film_id = '{film}' ORDER BY progress"
    assert await analyst.rows(kept) == [["2"]]  # the others should be in `views`, and are not
    erase = f"ALTER TABLE movies.{table}_local DELETE WHERE film_id = '{film}' "
    await analyst.rows(f"{erase} SETTINGS mutations_sync = 1")


async def test_a_rebuild_that_was_broken_off_is_run_again(stack: Stack) -> None:
    analyst = Analyst(stack.settings)
    await analyst.rows("CREATE TABLE movies.positions_rebuilding AS movies.positions_local")
    await analyst.rows(
        "CREATE MATERIALIZED VIEW movies.positions_rebuilding_mv "
        "TO movies.positions_rebuilding AS SELECT user_id FROM movies.views_local"
    )
    await done(stack, "rebuild", "positions")
    assert await analyst.rows("SHOW TABLES FROM movies LIKE '%rebuilding%'") == []


async def test_the_workers_position_is_moved_only_while_none_runs(
    stack: Stack, ledger: Ledger
) -> None:
    (worker,) = stack.etl
    code, said = await etl(stack.settings, "rewind", "--to", "earliest", "--group")
    assert code == 1
    assert "group views has workers: stop them first" in said
    await worker.stop()

    async def moved() -> bool:
        # A fixed id keeps the place of a worker for the session time.
        code, said = await etl(stack.settings, "rewind", "--to", "earliest", "--group")
        return code == 0 and "partition 5: from" in said and said.endswith("to 0")

    await until(moved, within=60, every=1)
    await worker.start()
    await worker.ready()
    async with playing(stack.settings, ledger, seed=9):
        await more_accepted(ledger, 20)
    await Analyst(stack.settings).assert_agrees(ledger)
