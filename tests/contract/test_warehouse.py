"""What the worker relies on in ClickHouse, held against the real engine over HTTP.

A cluster cannot be run here: of its form of the migrations the engine checks the syntax only.
"""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import permutations
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest
from aiochclient import ChClient
from msgspec.structs import replace

from configuration import load
from embedded import children
from embedded.credentials import Credentials
from embedded.settings import Settings
from etl.backup import backup_statement, restore_statement
from etl.exits import MalformedRows, WarehouseRefusal
from etl.migrations import migrate, migrations
from etl.rebuild import Rebuilding
from etl.settings import Settings as EtlSettings
from etl.sql import Sql
from etl.warehouse import Warehouse
from tests.analyst import Analyst
from tests.stack import place
from tests.unit.etl.records import RECEIVED, event
from ugc_events import ViewProgress, encode


@dataclass
class Store:
    settings: Settings
    http: httpx.AsyncClient
    analyst: Analyst

    def warehouse(self, table: str = "views_local", password: str | None = None) -> Warehouse:
        known = Credentials.load_or_make(self.settings.data_dir).clickhouse_passwords["etl_writer"]
        nodes = [self.settings.clickhouse_url]
        return Warehouse(self.http, nodes, table, "etl_writer", password or known)

    def client(self, user: str) -> ChClient:
        password = Credentials.load_or_make(self.settings.data_dir).clickhouse_passwords[user]
        url = self.settings.clickhouse_url
        return ChClient(self.http, url=url, user=user, password=password)

    @property
    def migrator(self) -> Sql:
        environment = children.migrate(self.settings).recipe.environment
        return Sql(self.http, load(EtlSettings, environment))

    async def insert(self, *events: ViewProgress) -> None:
        await self.warehouse().insert([encode(event) + b"\n" for event in events])


@pytest.fixture(scope="module")
async def store(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Store]:
    with place(Path(tmp_path_factory.mktemp("clickhouse"))) as settings:
        server = children.clickhouse(settings)
        await server.start()
        try:
            await server.ready()
            async with httpx.AsyncClient(timeout=30) as http:
                store = Store(settings, http, Analyst(settings))
                await migrate(store.migrator, cluster=None)
                yield store
        finally:
            await server.kill()


def progress_of(user: UUID, film: UUID, seconds: float, at: datetime) -> ViewProgress:
    return replace(
        event(),
        user_id=user,
        film_id=film,
        event_id=uuid4(),
        progress=seconds,
        event_time=at,
        received_at=at,
    )


async def test_inserted_events_are_read_back_exactly(store: Store) -> None:
    one = replace(event(), user_id=uuid4(), progress=0.001, total=0.0)
    await store.insert(one)
    row = await store.client("api_reader").fetchrow(
        "SELECT user_id, film_id, event_id, toString(progress) AS p, toString(total) AS t, "
        "toUnixTimestamp64Milli(event_time) AS e, toUnixTimestamp64Milli(received_at) AS r "
        f"FROM movies.views FINAL WHERE user_id = '{one.user_id}'"
    )
    assert row is not None
    milliseconds = round(RECEIVED.timestamp() * 1000)
    assert list(row.values()) == [
        one.user_id, one.film_id, one.event_id, "0.001", "0", milliseconds, milliseconds,
    ]  # fmt: skip


async def test_the_delivery_received_first_stands_in_any_order(store: Store) -> None:
    for order in permutations((0, 1, 2)):
        first = replace(event(), user_id=uuid4())
        for number in order:
            later = timedelta(minutes=number)
            await store.insert(replace(first, received_at=RECEIVED + later, progress=1.0 + number))
        row = await store.analyst.rows(
            f"SELECT progress, count() OVER () FROM movies.views WHERE user_id = '{first.user_id}'"
        )
        assert row == [["1", "1"]]


async def test_positions_do_not_depend_on_order_or_repetition(store: Store) -> None:
    film = uuid4()
    seen = set()
    for order in permutations(range(3)):
        user = uuid4()
        reports = [
            progress_of(user, film, 300.0, RECEIVED),
            progress_of(user, film, 100.0, RECEIVED + timedelta(minutes=1)),
            progress_of(user, film, 200.0, RECEIVED - timedelta(minutes=1)),
        ]
        for number in (*order, *order):
            await store.insert(reports[number])
        latest, longest, day = [
            await store.analyst.value(
                f"SELECT progress FROM movies.{table} FINAL WHERE user_id = '{user}'"
            )
            for table in ("latest_view", "longest_view", "viewer_days")
        ]
        seen.add((latest, longest, day))
    assert seen == {("100", "300", "300")}
    assert await store.analyst.rows(
        f"SELECT viewers, reached_seconds FROM movies.film_daily WHERE film_id = '{film}'"
    ) == [["6", "1800"]]


async def test_two_reports_of_one_moment_have_one_winner_in_any_order(store: Store) -> None:
    winners = set()
    ids = (uuid4(), uuid4())
    for order in permutations(range(2)):
        user = uuid4()
        reports = [
            replace(event(), user_id=user, event_id=ids[n], progress=float(n)) for n in range(2)
        ]
        for number in order:
            await store.insert(reports[number])
        winners.add(
            await store.analyst.value(
                f"SELECT progress FROM movies.latest_view WHERE user_id = '{user}'"
            )
        )
    assert len(winners) == 1


async def test_months_of_late_events_fit_in_one_insert(store: Store) -> None:
    user, start = uuid4(), datetime.fromisoformat("2020-02-01T00:00:00+00:00")
    times = [start + timedelta(days=15 * n) for n in range(300)]
    await store.insert(*(progress_of(user, uuid4(), 1.0, at) for at in times))
    # What is older than 13 months expires at once; all of it went through.
    assert (
        await store.analyst.value(
            f"SELECT count() FROM movies.latest_view WHERE user_id = '{user}'"
        )
        == "300"
    )


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda row: row.replace(b'"progress":', b'"progress":1,"progress":'), 117),
        (lambda row: row.replace(b"2026-11-23T18", b"2026-11-23t18"), 41),
        (lambda row: row.replace(b'"progress":12.345', b'"progress":null'), 27),
        (lambda row: row.replace(b"12.345", b"99999999999"), 69),
    ],
    ids=["repeated_key", "odd_time", "null", "too_large"],
)
async def test_rows_it_cannot_read_are_named_malformed_and_leave_nothing(
    store: Store, spoil: Callable[[bytes], bytes], code: int
) -> None:
    users = [uuid4(), uuid4()]
    rows = [encode(replace(event(), user_id=user)) for user in users]
    with pytest.raises(MalformedRows) as refusal:
        await store.warehouse().insert([rows[0] + b"\n", spoil(rows[1])])
    assert refusal.value.code == code
    assert (
        await store.analyst.value(f"SELECT count() FROM movies.views WHERE user_id = '{users[0]}'")
        == "0"
    )


Attempt = Callable[[Store], Awaitable[None]]


@pytest.mark.parametrize(
    ("attempt", "code"),
    [
        (lambda store: store.warehouse(table="nothing").insert([encode(event())]), 60),
        (lambda store: store.warehouse(password="wrong").insert([encode(event())]), 516),
    ],
    ids=["missing_table", "wrong_password"],
)
async def test_what_nobody_can_wait_out_is_a_refusal(
    store: Store, attempt: Attempt, code: int
) -> None:
    with pytest.raises(WarehouseRefusal) as refusal:
        await attempt(store)
    assert refusal.value.code == code


async def test_the_reader_reads_and_changes_nothing(store: Store) -> None:
    reader = store.client("api_reader")
    assert await reader.fetchval("SELECT count() >= 0 FROM movies.views") == 1
    with pytest.raises(Exception, match=r"Code: (164|497)\."):
        await reader.execute("TRUNCATE TABLE movies.views_local")


async def test_migrations_run_twice_change_nothing(store: Store) -> None:
    names = [one.name for one in migrations()]
    assert await migrate(store.migrator, cluster=None) == []
    applied = await store.analyst.rows("SELECT name FROM movies.migrations FINAL ORDER BY name")
    assert [name for (name,) in applied] == names


async def test_the_cluster_form_is_what_the_engine_can_parse(store: Store) -> None:
    for statement in (s for one in migrations() for s in one.statements("company_cluster")):
        quoted = statement.replace("\\", "\\\\").replace("'", "\\'")
        formatted = await store.analyst.value(f"SELECT formatQuerySingleLine('{quoted}')")
        assert re.search(r"ON CLUSTER company_cluster|cluster\(\\'company_cluster", formatted)


async def test_the_cluster_form_of_commands_is_what_the_engine_can_parse(store: Store) -> None:
    select = "SELECT user_id, film_id FROM movies.views_local WHERE film_id != user_id"
    plan = Rebuilding("positions", select, ("user_id", "film_id"), "company_cluster")
    statements = (
        plan.drop_view(),
        plan.drop_table(),
        plan.create_table(),
        plan.create_view(),
        plan.fill(),
        plan.carry_over(),
        plan.exchange(),
        backup_statement("x", "company_cluster"),
        restore_statement("x", "company_cluster"),
    )
    for statement in statements:
        quoted = statement.replace("\\", "\\\\").replace("'", "\\'")
        formatted = await store.analyst.value(f"SELECT formatQuerySingleLine('{quoted}')")
        assert "company_cluster" in formatted
    assert "FROM movies.views WHERE" in plan.fill()  # of all shards
    assert "FROM movies.views_local" in plan.create_view()  # of the shard's own inserts
