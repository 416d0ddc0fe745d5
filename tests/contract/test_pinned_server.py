"""The server of docker-compose.yaml is older than the engine here: what it does by default is set
back, setting by setting, and the product stores and reads the same.

The engine lists what each version changed (`system.settings_changes`). What has another type or
meaning there, and no setting, cannot be seen so.
"""

import re
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from msgspec.structs import replace

from embedded import children
from embedded.credentials import Credentials
from embedded.settings import ROOT, Settings
from etl import warehouse
from etl.exits import MalformedRows
from tests.analyst import Analyst
from tests.repository.compose_model import CORE, merged
from tests.stack import place
from tests.unit.etl.records import event
from ugc_api.metrics import Metrics
from ugc_api.reads import positions, queries
from ugc_api.reads import warehouse as reading
from ugc_events import encode

Values = Mapping[str, str | int]

REFUSED = {
    *("ai_function_allow_insecure_endpoint", "ai_function_embedding_default_credentials"),
    *("ai_function_embedding_max_batch_size", "ai_function_max_api_calls_per_query"),
    *("ai_function_max_input_tokens_per_query", "ai_function_max_output_tokens_per_query"),
    *("ai_function_max_retries", "ai_function_request_timeout_sec"),
    *("ai_function_retry_initial_delay_ms", "ai_function_text_default_credentials"),
    *("ai_function_throw_on_error", "ai_function_throw_on_quota_exceeded"),
    "format_avro_schema_registry_connection_timeout",
    "format_avro_schema_registry_max_retries",
    "format_avro_schema_registry_receive_timeout",
    "format_avro_schema_registry_retry_initial_backoff_ms",
    "format_avro_schema_registry_send_timeout",
    "run_query_in_background",
    "url_base",
}
"""What cannot be set back here, one by one: most of it reaches for the network, and the front of
the embedded engine refuses it to everybody."""

OF_HTTP = {"database", "default_format"}
"""What the interface has parameters of the same name for, there as here; both empty."""

CHANGES = """
SELECT version, change.1, change.2, change.4
FROM system.settings_changes ARRAY JOIN changes AS change
WHERE type = 'Session'
"""
TABLES = {
    "views": "* EXCEPT stored_at, version, movie_id, movie_time_offset, created_at",
    "positions": "*",
    "viewer_days": "*",
}
VIEWS = {"latest_view": "*", "longest_view": "*", "film_daily": "*"}
NOW = datetime.now(UTC).replace(microsecond=123_000)
USER, FILM = UUID(int=1002), UUID(int=8)


def pinned() -> tuple[int, ...]:
    image = merged(ROOT, [CORE])["services"]["clickhouse-node1"]["image"]
    return version(image.split(":")[1])


def version(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in text.split(".")[:2])


def unescaped(value: str) -> str:
    return value.encode().decode("unicode_escape")


def lines() -> bytes:
    """Reports of some viewers: fractions, no length, an older one, the canary's, some twice."""
    events = [
        replace(
            event(number),
            user_id=UUID(int=1001 + number % 3),
            film_id=UUID(int=7 + number % 2),
            progress=number * 100.125,
            event_time=NOW - timedelta(hours=7 * number),
            received_at=NOW + timedelta(milliseconds=number),
        )
        for number in range(1, 12)
    ]
    odd = [
        replace(events[0], event_id=UUID(int=90), total=0.0, progress=0.001),
        replace(events[1], event_id=UUID(int=91), film_id=UUID(int=0)),
        replace(events[2], received_at=NOW + timedelta(minutes=1), progress=1.0),
    ]
    return b"\n".join(map(encode, [*events, *odd, *events[:4]]))


def in_order(sql: str, rows: list[dict[str, object]]) -> list[str]:
    """That of the answer, where the query asks for one."""
    found = [str(row) for row in rows]
    return found if "ORDER BY" in sql else sorted(found)


class Engine:
    def __init__(self, settings: Settings, http: httpx.AsyncClient) -> None:
        self.analyst = Analyst(settings)
        self._url = settings.clickhouse_url
        self._http = http
        self._passwords = Credentials.load_or_make(settings.data_dir).clickhouse_passwords

    async def changes(self) -> list[tuple[tuple[int, ...], str, str, str]]:
        """Of each setting after the pinned server, the earliest first."""
        rows = await self.analyst.rows(CHANGES)
        found = [(version(one), name, unescaped(value), why) for one, name, value, why in rows]
        return sorted(one for one in found if one[0] > pinned())

    async def older(self, how: str) -> Values:
        """What makes this engine's defaults those of the pinned server."""
        if how == "compatibility":
            return {"compatibility": ".".join(map(str, pinned()))}
        values = {name: value for _, name, value, _ in reversed(await self.changes())}
        return {name: value for name, value in values.items() if name not in REFUSED | OF_HTTP}

    async def refuses(self, name: str, value: str) -> bool:
        who = {"X-ClickHouse-User": "etl_writer", "X-ClickHouse-Key": self._passwords["etl_writer"]}
        asked = {"query": "SELECT 1", name: value}
        answer = await self._http.post(self._url, params=asked, headers=who)
        return answer.status_code != httpx.codes.OK

    async def stored(self, settings: Values) -> dict[str, list[list[str]]]:
        """What is in the tables after one insert of the worker's, with its settings."""
        for table in TABLES:
            await self.analyst.rows(f"TRUNCATE TABLE movies.{table}_local")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(warehouse, "PINNED", settings)
            writer = ("etl_writer", self._passwords["etl_writer"])
            await warehouse.Warehouse(self._http, [self._url], "views_local", *writer).insert(
                [lines()]
            )
        return {
            table: await self.analyst.rows(f"SELECT {columns} FROM movies.{table} ORDER BY ALL")
            for table, columns in {**TABLES, **VIEWS}.items()
        }

    async def read(self, settings: Values) -> dict[str, list[str]]:
        """What the API reads of it, with its settings."""
        reader = ("api_reader", self._passwords["api_reader"])
        until = round((NOW + timedelta(hours=1)).timestamp() * 1000)
        place = {"version": 2**127, "film_id": UUID(int=2**128 - 1), "until": until}
        known: dict[str, tuple[str, dict[str, object]]] = {
            "positions": (queries.POSITIONS, {"keys": [(str(USER), str(FILM))]}),
            "watched": (queries.LIST, {**place, "rows": 100}),
            "event": (queries.EVENT, {"event_id": UUID(int=90)}),
            "films": (queries.FILMS, {"days": 9, "rows": 100}),
            "film": (queries.FILM, {"film_id": FILM, "days": 9}),
        }
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(reading, "_SETTINGS", settings)
            async with reading.Warehouse([self._url], *reader, Metrics(), within_s=20) as store:
                return {
                    name: sorted(map(str, await store.rows(name, sql, user_id=USER, **parameters)))
                    for name, (sql, parameters) in known.items()
                }


@pytest.fixture(scope="module")
async def engine(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Engine]:
    with place(Path(tmp_path_factory.mktemp("clickhouse"))) as settings:
        server = children.clickhouse(settings)
        await server.start()
        try:
            await server.ready()
            migrations = children.migrate(settings)
            await migrations.start()
            await migrations.ready()
            async with httpx.AsyncClient(timeout=30) as http:
                yield Engine(settings, http)
        finally:
            await server.kill()


async def test_what_cannot_be_set_back_is_known(engine: Engine) -> None:
    values = {name: value for _, name, value, _ in reversed(await engine.changes())}
    assert values
    assert {name for name, value in values.items() if await engine.refuses(name, value)} == REFUSED


async def test_the_settings_that_are_named_are_not_newer_than_the_pinned_server(
    engine: Engine,
) -> None:
    named = {*warehouse.PINNED, *reading._SETTINGS, *positions.SETTINGS}
    for file in (ROOT / "clickhouse/users.d").iterdir():
        named |= set(re.findall(r"<(\w+)>", file.read_text()))
    new = {name for _, name, _, why in await engine.changes() if why.startswith("New setting")}
    assert new
    assert not named & new


WAYS = pytest.mark.parametrize("how", ["each setting", "compatibility"])


@WAYS
async def test_the_same_is_stored(engine: Engine, how: str) -> None:
    today = await engine.stored(warehouse.PINNED)
    assert len(today["views"]) == 13
    assert await engine.stored({**await engine.older(how), **warehouse.PINNED}) == today


@WAYS
async def test_the_same_is_read(engine: Engine, how: str) -> None:
    await engine.stored(warehouse.PINNED)
    today = await engine.read(reading._SETTINGS)
    assert all(today.values())
    assert await engine.read({**await engine.older(how), **reading._SETTINGS}) == today


@pytest.mark.parametrize("name", ["date_time_input_format", "input_format_skip_unknown_fields"])
@WAYS
async def test_a_setting_that_the_worker_does_not_name_is_missed(
    engine: Engine, how: str, name: str
) -> None:
    """The one the older server does otherwise by itself, the other one anybody might."""
    named = {key: value for key, value in warehouse.PINNED.items() if key != name}
    older = {"input_format_skip_unknown_fields": 0, **await engine.older(how)}
    with pytest.raises(MalformedRows):
        await engine.stored({**older, **named})


@WAYS
async def test_a_setting_that_the_api_does_not_name_is_missed(engine: Engine, how: str) -> None:
    await engine.stored(warehouse.PINNED)
    today = await engine.read(reading._SETTINGS)
    named = {k: v for k, v in reading._SETTINGS.items() if k != "date_time_output_format"}
    assert await engine.read({**await engine.older(how), **named}) != today
