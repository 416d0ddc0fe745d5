"""A backup of a system at work, the database dropped, and all of it there again in the end."""

import re
from collections.abc import AsyncIterator

import pytest

from embedded.stack import Stack
from tests.analyst import Analyst
from tests.integration.pipeline.commands import etl
from tests.players import Ledger, more_accepted, playing
from tests.stack import private_stack
from tests.waiting import until


@pytest.fixture(scope="module")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    async with private_stack(
        tmp_path_factory.mktemp("backup"), UGC_RATE_PER_USER="0", KAFKA_SESSION_TIMEOUT_MS="6000"
    ) as stack:
        await stack.start()
        yield stack


async def done(stack: Stack, *arguments: str) -> str:
    code, said = await etl(stack.settings, *arguments)
    assert code == 0, said
    return said


async def test_a_dropped_database_comes_back_whole(stack: Stack) -> None:
    analyst, ledger, (worker,) = Analyst(stack.settings), Ledger(), stack.etl
    async with playing(stack.settings, ledger):
        await more_accepted(ledger, 200)
        await until(lambda: analyst.stored(list(ledger.accepted)[100][2]))
        made = await done(stack, "backup", "before-the-fall")
        before = len(ledger.accepted)
        # Stored after the backup, passed by the worker, and then lost.
        await more_accepted(ledger, 200)
        await until(lambda: analyst.stored(list(ledger.accepted)[before + 100][2]))
        await worker.stop()
        await analyst.rows("DROP DATABASE movies SYNC")
        await more_accepted(ledger, 100)
        said = await done(stack, "restore", "before-the-fall")
        assert "backup before-the-fall is restored" in said
        assert 100 <= int(await analyst.value("SELECT count() FROM movies.views")) < before + 100
        assert "none, all were there" in await done(stack, "migrate")
        await worker.start()
        await worker.ready()
        await more_accepted(ledger, 100)
        found = re.search(r"after a restore: python -m etl (rewind --to \S+)", made)
        assert found, made
        assert "events stored again" in await done(stack, *found[1].split())
    await analyst.assert_agrees(ledger)
    await done(stack, "audit")
    await analyst.rows("SYSTEM REFRESH VIEW movies.film_top")
    await analyst.rows("SYSTEM WAIT VIEW movies.film_top")
    top = "SELECT viewers, completions, reached_seconds FROM {} ORDER BY ALL"
    by_day = (
        "(SELECT film_id, sum(viewers) AS viewers, sum(completions) AS completions, "
        "sum(reached_seconds) AS reached_seconds FROM movies.film_daily GROUP BY film_id)"
    )
    assert await analyst.rows(top.format("movies.film_top")) == await analyst.rows(
        top.format(by_day)
    )


async def test_a_name_that_is_taken_is_refused(stack: Stack) -> None:
    await done(stack, "backup", "twice")
    code, said = await etl(stack.settings, "backup", "twice")
    assert code == 1
    assert "no backup twice: Code: 598." in said
    assert "already exists" in said
    assert "Stack trace" not in said


async def test_a_restore_of_what_is_not_there_says_so(stack: Stack) -> None:
    code, said = await etl(stack.settings, "restore", "never-made")
    assert code == 1
    assert "never-made is not restored: Code: 599." in said


async def test_a_database_with_rows_is_left_as_it_is(stack: Stack) -> None:
    analyst = Analyst(stack.settings)
    await done(stack, "backup", "not-over-rows")
    before = await analyst.rows("SELECT count(), max(stored_at) FROM movies.views")
    code, said = await etl(stack.settings, "restore", "not-over-rows")
    assert code == 1
    assert "already contains some data" in said
    assert await analyst.rows("SELECT count(), max(stored_at) FROM movies.views") == before
