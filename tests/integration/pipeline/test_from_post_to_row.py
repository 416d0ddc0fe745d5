"""An event goes in by HTTP and comes out by SQL."""

import json
from uuid import uuid4

import httpx

from tests.analyst import Analyst, moment
from tests.stack import RunningStack
from tests.waiting import until


async def post(stack: RunningStack, film: object, body: object, token: str) -> httpx.Response:
    async with httpx.AsyncClient() as http:
        return await http.post(
            f"{stack.settings.api_url}/api/v1/progresses/films/{film}",
            content=json.dumps(body),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )


async def test_an_accepted_event_is_a_row_within_two_seconds(running_stack: RunningStack) -> None:
    film, event_id, analyst = uuid4(), uuid4(), Analyst(running_stack.settings)
    body = {"progress": 754.5, "total": 5400, "event_id": str(event_id)}
    missing = await post(running_stack, film, body, running_stack.token())
    assert missing.json()["code"] == "event_time_required"

    answer = await post(
        running_stack, film, {"progress": 754.5, "total": 5400}, running_stack.token()
    )
    assert answer.status_code == 202
    accepted = answer.json()
    took = await until(lambda: analyst.stored(accepted["event_id"]), within=2)
    assert took < 2

    (view,) = await analyst.rows(
        "SELECT progress, total, event_time, movie_time_offset, movie_id, created_at = event_time "
        f"FROM movies.views FINAL WHERE event_id = '{accepted['event_id']}'"
    )
    assert [float(view[0]), float(view[1])] == [754.5, 5400]
    assert (
        moment(view[2]).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        == (accepted["event_time"])
    )
    assert view[3:] == ["754500", str(film), "1"]
    for table in ("latest_view", "longest_view"):
        (row,) = await analyst.rows(
            f"SELECT progress, event_id FROM movies.{table} FINAL WHERE film_id = '{film}'"
        )
        assert row == ["754.5", accepted["event_id"]]


async def test_a_receipt_names_the_place_in_the_topic(running_stack: RunningStack) -> None:
    token = running_stack.token()
    receipts = []
    for _ in range(2):
        answer = await post(running_stack, uuid4(), {"progress": 1, "total": 2}, token)
        receipts.append([int(part) for part in answer.json()["receipt"].split("-")])
    (partition, first), (same_partition, second) = receipts
    assert partition == same_partition  # one viewer, one partition
    assert second > first


async def test_the_canary_s_film_is_kept_out_of_everything_derived(
    running_stack: RunningStack,
) -> None:
    analyst, nil = Analyst(running_stack.settings), "00000000-0000-0000-0000-000000000000"
    token = running_stack.token("service")
    answer = await post(running_stack, nil, {"progress": 1, "total": 2}, token)
    await until(lambda: analyst.stored(answer.json()["event_id"]))
    for table in ("latest_view", "longest_view", "viewer_days"):
        count = await analyst.value(f"SELECT count() FROM movies.{table} WHERE film_id = '{nil}'")
        assert count == "0", table


async def test_statistics_count_viewers_not_deliveries(running_stack: RunningStack) -> None:
    analyst, film = Analyst(running_stack.settings), uuid4()
    for reached in (5000, 5000, 100):
        token = running_stack.token()
        for progress in (reached / 2, reached):
            body = {"progress": progress, "total": 5400}
            answer = await post(running_stack, film, body, token)
    await until(lambda: analyst.stored(answer.json()["event_id"]))
    (row,) = await analyst.rows(
        "SELECT viewers, completions, reached_seconds FROM movies.film_daily "
        f"WHERE film_id = '{film}'"
    )
    assert [float(value) for value in row] == [3, 2, 10_100]


async def test_the_services_say_how_they_are(running_stack: RunningStack) -> None:
    settings = running_stack.settings
    async with httpx.AsyncClient() as http:
        assert (await http.get(f"{settings.api_url}/healthz")).json() == {"status": "ok"}
        assert (await http.get(f"{settings.api_url}/readyz")).json() == {"status": "ready"}
        api = await http.get(f"http://127.0.0.1:{settings.api_metrics_port(0)}/metrics")
        etl = await http.get(f"http://127.0.0.1:{settings.etl_metrics_port(0)}/metrics")
    assert 'ugc_http_requests_total{method="GET",route="/readyz",status="200"}' in api.text
    assert "ugc_etl_partitions 6.0" in etl.text
