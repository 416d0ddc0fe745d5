"""The API's question for positions finds what FINAL finds: of many viewers at once, out of parts
that were not merged yet, with repetitions, older reports and ties."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import product
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest
from msgspec.structs import replace

from embedded import children
from embedded.credentials import Credentials
from embedded.settings import Settings
from etl.warehouse import Warehouse as Writer
from tests.analyst import Analyst
from tests.stack import place
from tests.unit.etl.records import RECEIVED, event
from ugc_api.metrics import Metrics
from ugc_api.reads.positions import PositionReads
from ugc_api.reads.warehouse import Warehouse
from ugc_events import encode

VIEWERS, FILMS = [uuid4() for _ in range(5)], [uuid4() for _ in range(3)]
NOT_WATCHED = FILMS[-1]
UNMERGED = "max_bytes_to_merge_at_max_space_in_pool = 1"
VIEWS = {"latest": "latest_view", "furthest": "longest_view"}


@pytest.fixture
async def settings(tmp_path: Path) -> AsyncIterator[Settings]:
    """Of a server with tables."""
    with place(tmp_path) as settings:
        server = children.clickhouse(settings)
        await server.start()
        try:
            await server.ready()
            migrations = children.migrate(settings)
            await migrations.start()
            await migrations.ready()
            yield settings
        finally:
            await server.kill()


async def store(settings: Settings, passwords: dict[str, str]) -> None:
    """Six reports of each viewer in each film but one, an insert of each round, two rounds twice:
    the last two are of one moment and one progress, and differ in nothing but their ids."""
    analyst = Analyst(settings)
    await analyst.rows(f"ALTER TABLE movies.positions_local MODIFY SETTING {UNMERGED}")
    rounds = [
        [
            replace(
                event(),
                user_id=viewer,
                film_id=film,
                event_id=uuid4(),
                progress=progress + number,
                event_time=RECEIVED + timedelta(minutes=minutes),
            )
            for number, (viewer, film) in enumerate(product(VIEWERS, FILMS[:-1]))
        ]
        for progress, minutes in ((50, 3), (900, 1), (10, 2), (70, 9), (900, 9), (900, 9))
    ]
    async with httpx.AsyncClient(timeout=30) as http:
        writer = Writer(
            http,
            [settings.clickhouse_url],
            "views_local",
            "etl_writer",
            passwords["etl_writer"],
        )
        for batch in (*rounds, rounds[0], rounds[4]):
            await writer.insert([b"\n".join(map(encode, batch))])


async def by_final(settings: Settings, table: str) -> dict[tuple[UUID, UUID], list[str]]:
    rows = await Analyst(settings).rows(
        f"SELECT user_id, film_id, progress, event_id FROM movies.{table} FINAL"
    )
    return {(UUID(user), UUID(film)): found for user, film, *found in rows}


async def test_it_finds_what_final_finds(settings: Settings) -> None:
    passwords = Credentials.load_or_make(settings.data_dir).clickhouse_passwords
    await store(settings, passwords)
    parts = await Analyst(settings).value(
        "SELECT count() FROM system.parts WHERE active AND table = 'positions_local'"
    )
    assert int(parts) > 5
    expected = {which: await by_final(settings, table) for which, table in VIEWS.items()}
    reader = ("api_reader", passwords["api_reader"])
    async with (
        Warehouse([settings.clickhouse_url], *reader, Metrics(), within_s=20) as warehouse,
        PositionReads(warehouse) as positions,
    ):
        asked = list(product([*VIEWERS, uuid4()], FILMS))
        answers = await asyncio.gather(*(positions.of(*key) for key in asked))
        for (viewer, film), found in zip(asked, answers, strict=True):
            watched = film != NOT_WATCHED and viewer in VIEWERS
            assert set(found) == (set(VIEWS) if watched else set())
            for which, position in found.items():
                read = [f"{position['progress']:g}", position["event_id"]]
                assert read == expected[which][viewer, film]
