"""The read routes: who may ask for whom, what is asked of ClickHouse, what is answered."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import jsonschema
import pytest

from tests.unit.ugc_api.bearer import VIEWER
from tests.unit.ugc_api.reading import (
    EVENT,
    FILM,
    METADATA,
    POSITION,
    SOMEBODY_ELSE,
    ReadApi,
    moment,
    position,
    row,
)
from ugc_api.every_answer import ON_THE_WAY
from ugc_api.reads.cursors import Cursor
from ugc_api.reads.freshness import timestamp
from ugc_api.reads.offsets import PartitionOffsets

POSITIONS = f"/api/v1/progresses/films/{FILM}"
LIST = "/api/v1/progresses"
STATUS = f"/api/v1/events/{EVENT}"
TOP = "/api/v1/films/top"
STATS = f"/api/v1/films/{FILM}/stats"
OF_VIEWERS = [POSITIONS, LIST, STATUS]
OF_ANALYSTS = [TOP, STATS]
ROUTES = {
    "/api/v1/progresses/films/{film_id}": POSITIONS,
    "/api/v1/progresses": LIST,
    "/api/v1/events/{event_id}": STATUS,
    "/api/v1/films/top": TOP,
    "/api/v1/films/{film_id}/stats": STATS,
}
WHOLE = {"date": "", "viewers": 3, "completions": 2, "reached_seconds": 30.5}


@pytest.fixture
def api() -> ReadApi:
    made = ReadApi()
    made.warehouse.answers = {
        "positions": [position("latest"), position("furthest", progress=5000)],
        "watched": [row(9), row(8), row(7)],
        "film_stats": [
            {"date": "2025-01-20", "viewers": 2, "completions": 1, "reached_seconds": 20},
            WHOLE,
            {"date": "2025-01-19", "viewers": 2, "completions": 1, "reached_seconds": 10.5},
        ],
        "films_top": [
            {"film_id": str(FILM), "viewers": 3, "completions": 2, "reached_seconds": 30.5}
        ],
    }
    return made


def whose(parameters: Mapping[str, Any]) -> UUID:
    """For whom ClickHouse was asked."""
    if "keys" not in parameters:
        return UUID(str(parameters["user_id"]))
    ((user_id, film_id),) = parameters["keys"]
    assert film_id == str(FILM)
    return UUID(user_id)


async def test_positions_are_the_latest_and_the_furthest(api: ReadApi) -> None:
    api.offsets.tell(committed=9)
    answer = await api.get(POSITIONS)
    assert answer.json() == {
        "film_id": str(FILM),
        "latest": POSITION,
        "furthest": {**POSITION, "progress": 5000},
        "as_of": METADATA.replace("+00:00", "Z"),
    }


async def test_a_film_never_watched_is_404_as_of_a_moment(api: ReadApi) -> None:
    api.warehouse.answers.clear()
    api.offsets.tell(committed=9)
    answer = await api.get(POSITIONS)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_watched")
    assert answer.json()["as_of"] == METADATA.replace("+00:00", "Z")


@pytest.mark.parametrize("address", [*OF_VIEWERS, *OF_ANALYSTS])
async def test_a_slash_at_the_end_changes_nothing(api: ReadApi, address: str) -> None:
    answers = [await api.get(to, "analyst") for to in (address, f"{address}/")]
    assert [answer.status_code for answer in answers] == [200, 200]
    first, second = ({**answer.json(), "as_of": "", "next_cursor": ""} for answer in answers)
    assert first == second


@pytest.mark.parametrize("address", OF_VIEWERS)
async def test_only_the_viewer_s_own_data_is_asked_for(api: ReadApi, address: str) -> None:
    for allowed in ({}, {"user_id": VIEWER}):
        assert (await api.get(address, **allowed)).status_code == 200
    assert {whose(parameters) for _, parameters in api.warehouse.asked} == {VIEWER}
    api.warehouse.asked.clear()
    refused = await api.get(address, "analyst", user_id=SOMEBODY_ELSE)
    assert (refused.status_code, refused.json()["code"]) == (403, "user_mismatch")
    assert not api.warehouse.asked


@pytest.mark.parametrize("address", OF_VIEWERS)
async def test_a_service_asks_for_anybody(api: ReadApi, address: str) -> None:
    api.warehouse.answers["positions"] = [
        position(which, SOMEBODY_ELSE) for which in ("latest", "furthest")
    ]
    assert (await api.get(address, "service", user_id=SOMEBODY_ELSE)).status_code == 200
    ((_, parameters),) = api.warehouse.asked
    assert whose(parameters) == SOMEBODY_ELSE


@pytest.mark.parametrize("address", OF_ANALYSTS)
async def test_films_are_for_analysts(api: ReadApi, address: str) -> None:
    for role in ("analyst", "views_statistic"):
        assert (await api.get(address, role)).status_code == 200
    api.warehouse.asked.clear()
    for roles in ((), ("service",), ("Analyst",)):
        refused = await api.get(address, *roles)
        assert (refused.status_code, refused.json()["code"]) == (403, "role_required")
    assert not api.warehouse.asked


@pytest.mark.parametrize("address", [*OF_VIEWERS, *OF_ANALYSTS])
async def test_without_a_valid_token_nothing_is_asked(api: ReadApi, address: str) -> None:
    for headers in ({}, {"Authorization": "Bearer x"}, {"Authorization": b"Bearer \xff"}):
        refused = await api.client.get(address, headers=headers)  # type: ignore[arg-type]
        assert (refused.status_code, refused.json()["code"]) == (401, "unauthorized")
        assert refused.headers["WWW-Authenticate"] == "Bearer"
    assert not api.warehouse.asked


@pytest.mark.parametrize("address", [*OF_VIEWERS, *OF_ANALYSTS])
async def test_clickhouse_away_is_503(api: ReadApi, address: str) -> None:
    api.warehouse.away = True
    answer = await api.get(address, "analyst")
    assert (answer.status_code, answer.json()["code"]) == (503, "clickhouse_away")
    assert answer.headers["Retry-After"] == "1"
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("address", [*OF_VIEWERS, *OF_ANALYSTS])
async def test_without_kafka_reads_are_answered_and_as_of_is_null(
    api: ReadApi, address: str
) -> None:
    api.offsets.failure = OSError()
    answer = await api.get(address, "analyst")
    assert (answer.status_code, answer.json()["as_of"]) == (200, None)
    await api.freshness.__aexit__()


@pytest.mark.parametrize(
    ("address", "query", "code", "detail"),
    [
        (POSITIONS + "x", {}, "film_id_invalid", "the film's id is not a UUID"),
        (f"/api/v1/films/{'x' * 5000}/stats", {}, "film_id_invalid", "the film's id is not a UUID"),
        (STATUS + "x", {}, "invalid_parameter", "event_id: is not a UUID"),
        (LIST, {"user_id": "x" * 5000}, "invalid_parameter", "user_id: is not a UUID"),
        (LIST, {"limit": 0}, "invalid_parameter", "limit: "),
        (LIST, {"limit": 101}, "invalid_parameter", "limit: "),
        (LIST, {"limit": "9" * 5000}, "invalid_parameter", "limit: "),
        (LIST, {"limit": "x" * 5000}, "invalid_parameter", "limit: "),
        (LIST, {"cursor": "x" * 5000}, "cursor_invalid", "the cursor"),
        (TOP, {"days": 0}, "invalid_parameter", "days: "),
        (TOP, {"days": 397}, "invalid_parameter", "days: "),
        (TOP, {"limit": 101}, "invalid_parameter", "limit: "),
        (STATS, {"days": "30; DROP"}, "invalid_parameter", "days: "),
    ],
)
async def test_a_wrong_parameter_is_named_and_not_repeated(
    api: ReadApi, address: str, query: dict[str, object], code: str, detail: str
) -> None:
    answer = await api.get(address, "analyst", **query)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, code)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert problem["detail"].startswith(detail)
    assert len(answer.text) < 300
    assert not api.warehouse.asked


@pytest.mark.parametrize("address", [*OF_VIEWERS, *OF_ANALYSTS])
async def test_parameters_that_nobody_knows_are_ignored(api: ReadApi, address: str) -> None:
    assert (await api.get(address, "analyst", utm_source="mail")).status_code == 200


async def test_a_page_is_followed_until_there_is_no_more(api: ReadApi) -> None:
    first = (await api.get(LIST, limit=2)).json()
    assert [UUID(item["film_id"]).int for item in first["items"]] == [9, 8]
    assert set(first["items"][0]) == {"film_id", "progress", "total", "event_time", "completed"}
    api.warehouse.answers["watched"] = [row(7)]
    last = (await api.get(LIST, limit=2, cursor=first["next_cursor"])).json()
    assert [UUID(item["film_id"]).int for item in last["items"]] == [7]
    assert last["next_cursor"] is None
    (_, asked_first), (_, asked_last) = api.warehouse.asked
    assert asked_last["until"] == asked_first["until"]
    assert (asked_last["version"], asked_last["film_id"]) == ("8", UUID(int=8))
    assert asked_first["rows"] == asked_last["rows"] == 3


async def test_a_walk_begins_a_little_before_as_of(api: ReadApi) -> None:
    api.offsets.tell(committed=9)
    first = (await api.get(LIST, limit=1)).json()
    begun = moment(METADATA) - timedelta(seconds=0.75)
    assert Cursor.read(first["next_cursor"]).moment == begun
    assert first["as_of"] == timestamp(begun)


async def test_later_pages_are_as_of_the_same_moment_unless_less_is_known(api: ReadApi) -> None:
    of = {
        text: str(Cursor.start(moment(text)))
        for text in ("2025-01-20T10:00:00.100Z", "2025-01-20T10:00:00.900Z")
    }
    api.offsets.tell(committed=9)  # .250
    for (text, cursor), as_of in zip(of.items(), (".100Z", ".250Z"), strict=True):
        answer = (await api.get(LIST, cursor=cursor)).json()
        assert answer["as_of"].endswith(as_of)
        assert api.warehouse.asked[-1][1]["until"] == Cursor.start(moment(text)).until


async def test_a_walk_without_kafka_begins_five_seconds_ago(api: ReadApi) -> None:
    api.offsets.failure = OSError()
    first = (await api.get(LIST, limit=1)).json()
    behind = datetime.now(UTC) - Cursor.read(first["next_cursor"]).moment
    assert timedelta(seconds=5) <= behind < timedelta(seconds=6)
    await api.freshness.__aexit__()


async def test_a_film_s_days_are_in_order_and_the_period_is_no_sum(api: ReadApi) -> None:
    stats = (await api.get(STATS, "analyst")).json()
    assert [day["day"] for day in stats["days"]] == ["2025-01-19", "2025-01-20"]
    assert (stats["viewers"], stats["completions"]) == (3, 2)
    api.warehouse.answers["film_stats"] = [{**WHOLE, "viewers": 0}]
    nobody = (await api.get(STATS, "analyst")).json()
    assert (nobody["viewers"], nobody["days"]) == (0, [])


async def test_statistics_are_as_of_the_partition_that_is_furthest_behind(api: ReadApi) -> None:
    api.offsets.partitions[4] = PartitionOffsets(9, METADATA, 10)
    assert (await api.get(TOP, "analyst")).json()["as_of"] == METADATA.replace("+00:00", "Z")


async def test_every_read_is_documented_with_its_refusals(api: ReadApi) -> None:
    document = (await api.client.get("/api/openapi.json")).json()
    problem = document["components"]["schemas"]["Problem"]
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    for path in ROUTES:
        operation = document["paths"][path]["get"]
        assert operation["security"] == [{"bearer": []}]
        for status, response in operation["responses"].items():
            if status == "200":
                continue
            content = response["content"]["application/problem+json"]
            for code, example in content["examples"].items():
                jsonschema.validate(example["value"], problem)
                assert (example["value"]["status"], example["value"]["code"]) == (int(status), code)
                assert code in response["description"]
    assert not [path for path in document["paths"] if path.endswith("/")]


async def test_what_a_read_is_refused_with_is_in_its_document(api: ReadApi) -> None:
    document = (await api.client.get("/api/openapi.json")).json()["paths"]
    refusals = await every_refusal(api)
    assert len(refusals) > 12
    described = {
        (path, int(status), code)
        for path in ROUTES
        for status, response in document[path]["get"]["responses"].items()
        if status != "200"
        for code in response["content"]["application/problem+json"]["examples"]
    }
    # Limits and issuers have tests of their own; what any route may answer is not asked for here.
    elsewhere = {
        "rate_limited",
        "keys_unavailable",
        *(code for _, codes in ON_THE_WAY.values() for code in codes),
    }
    assert refusals == {one for one in described if one[2] not in elsewhere}


async def every_refusal(api: ReadApi) -> set[tuple[str, int, str]]:
    """Status and code of all that can go wrong on each route."""
    found = set()
    wrong: list[dict[str, Any]] = [
        *({name: "x"} for name in ("user_id", "limit", "days", "cursor", "receipt")),
        {"user_id": SOMEBODY_ELSE},
        {},
    ]
    for path, address in ROUTES.items():
        answers = [await api.client.get(address)]
        for query in wrong:
            answers += [await api.get(address, *roles, **query) for roles in ((), ("analyst",))]
        invalid = address.replace(str(FILM), "x").replace(str(EVENT), "x")
        answers.append(await api.get(invalid, "analyst"))
        told, api.warehouse.answers = api.warehouse.answers, {"film_stats": [WHOLE]}
        answers.append(await api.get(address, "analyst"))
        api.warehouse.answers, api.warehouse.away = told, True
        answers.append(await api.get(address, "analyst"))
        api.warehouse.away = False
        found |= {(path, a.status_code, a.json()["code"]) for a in answers if a.status_code != 200}
    api.offsets.failure = OSError()
    assert await api.freshness.reading(begun_after=time.monotonic()) is None
    answer = await api.get(STATUS, receipt="1-1")
    found.add(("/api/v1/events/{event_id}", answer.status_code, answer.json()["code"]))
    await api.freshness.__aexit__()
    return found
