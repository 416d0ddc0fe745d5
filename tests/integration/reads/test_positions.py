"""A viewer reads back where a film was left; nobody else does."""

from datetime import UTC, datetime, timedelta
from urllib.parse import quote
from uuid import uuid4

import pytest

from tests.analyst import Analyst
from tests.integration.reads.reader import Reader, is_after, reader
from tests.stack import RunningStack
from tests.waiting import until


async def test_a_position_and_the_list_are_there_within_two_seconds_of_the_202(
    running_stack: RunningStack,
) -> None:
    film = uuid4()
    async with reader(running_stack.settings) as viewer:
        accepted = await viewer.report(film, 754.5, 5400)

        async def positioned() -> bool:
            return (await viewer.position(film)).status_code == 200

        async def listed() -> bool:
            return bool((await viewer.page())["items"])

        took = await until(positioned, within=2)
        took += await until(listed, within=2 - took)
        assert took < 2
        found = (await viewer.position(film)).json()
        (item,) = (await viewer.page())["items"]
    event = {name: accepted[name] for name in ("event_id", "event_time")}
    assert found["latest"] == found["furthest"] == {"progress": 754.5, "total": 5400, **event}
    assert item == {
        "film_id": str(film),
        "progress": 754.5,
        "total": 5400,
        "event_time": accepted["event_time"],
        "completed": False,
    }
    assert accepted["event_time"] < found["as_of"]


async def test_the_latest_is_by_time_and_the_furthest_by_progress(
    running_stack: RunningStack,
) -> None:
    film = uuid4()
    async with reader(running_stack.settings) as viewer:
        for progress in (10, 90, 20.125):
            last = await viewer.report(film, progress, 100)
        await until_as_of(viewer, last["event_time"])
        found = (await viewer.position(film)).json()
        (item,) = (await viewer.page())["items"]
    assert (found["latest"]["progress"], found["furthest"]["progress"]) == (20.125, 90)
    assert (item["progress"], item["completed"]) == (20.125, False)


async def until_as_of(viewer: Reader, moment: str) -> None:
    """Until the list too is at least of that moment."""

    async def fresh() -> bool:
        return is_after((await viewer.page())["as_of"], moment)

    await until(fresh, within=5)


async def test_nobody_reads_another_viewer_s_data(running_stack: RunningStack) -> None:
    film, another, both = uuid4(), uuid4(), uuid4()
    settings = running_stack.settings
    async with (
        reader(settings) as viewer,
        reader(settings, "analyst") as other,
        reader(settings, "service") as service,
    ):
        accepted = await viewer.report(film, 1, 100)
        await other.report(another, 2, 100)
        last = await other.report(both, 2, 100)
        await viewer.report(both, 1, 100)
        await until_as_of(other, last["event_time"])
        await until_as_of(viewer, (await viewer.report(both, 1, 100))["event_time"])
        for who, own in ((viewer, 1), (other, 2)):
            found = (await who.position(both)).json()
            assert (found["latest"]["progress"], found["furthest"]["progress"]) == (own, own)
            assert [item["progress"] for item in (await who.page())["items"]] == [own, own]

        assert (await other.position(film)).json()["code"] == "not_watched"
        assert (await other.status(accepted["event_id"]))["status"] == "unknown"
        for answer in (
            await other.position(film, user_id=viewer.user),
            await other.get("/api/v1/progresses/", user_id=viewer.user),
            await other.get(f"/api/v1/events/{accepted['event_id']}", user_id=viewer.user),
        ):
            assert (answer.status_code, answer.json()["code"]) == (403, "user_mismatch")

        asked = {"user_id": viewer.user}
        assert (await service.position(film, **asked)).status_code == 200
        assert len((await service.page(**asked))["items"]) == 2
        status = await service.status(accepted["event_id"], receipt=accepted["receipt"], **asked)
        assert status["status"] == "stored"
        assert (await service.page())["items"] == []


@pytest.mark.parametrize("hostile", ["' OR 1=1 --", "1) OR (1", "{x:UUID}", "\\'", "x'; DROP"])
async def test_sql_in_a_parameter_is_just_text(running_stack: RunningStack, hostile: str) -> None:
    text = quote(hostile, safe="")
    async with reader(running_stack.settings, "analyst", "service") as viewer:
        for address, query in [
            (f"/api/v1/progresses/films/{text}", {}),
            (f"/api/v1/events/{text}", {}),
            (f"/api/v1/films/{text}/stats", {}),
            (f"/api/v1/events/{uuid4()}", {"receipt": hostile}),
            ("/api/v1/films/top", {"days": hostile}),
            ("/api/v1/films/top", {"limit": hostile}),
            ("/api/v1/progresses", {"limit": hostile}),
            ("/api/v1/progresses", {"cursor": hostile}),
            ("/api/v1/progresses", {"user_id": hostile}),
        ]:
            answer = await viewer.get(address, **query)
            assert answer.status_code == 422, (address, query, answer.text)
            assert hostile not in answer.text
    assert await Analyst(running_stack.settings).value("EXISTS movies.views") == "1"


async def test_films_are_counted_by_viewers(running_stack: RunningStack) -> None:
    film, settings = uuid4(), running_stack.settings
    now = datetime.now(UTC)
    yesterday = now - timedelta(days=1)
    for reached in (95.5, 95.5, 30):
        async with reader(settings) as viewer:
            for progress in (reached / 2, reached):
                await viewer.report(film, progress, 100)
    async with reader(settings, user=viewer.user) as viewer:
        await viewer.report(film, 40, 100, event_time=yesterday.isoformat())
    sent = datetime.now(UTC).isoformat()
    async with reader(settings, "views_statistic") as analyst:

        async def counted() -> bool:
            stats = (await analyst.get(f"/api/v1/films/{film}/stats")).json()
            return is_after(stats["as_of"], sent)

        await until(counted, within=10)
        stats = (await analyst.get(f"/api/v1/films/{film}/stats", days=2)).json()
        of_today = (await analyst.get(f"/api/v1/films/{film}/stats", days=1)).json()
        top = (await analyst.get("/api/v1/films/top", days=1, limit=100)).json()
        all_time = (await analyst.get("/api/v1/films/top", days=396, limit=100)).json()
        first = (await analyst.get("/api/v1/films/top", days=396, limit=1)).json()
    figures = {"viewers": 3, "completions": 2, "reached_seconds": 221}
    before = {"viewers": 1, "completions": 0, "reached_seconds": 40}
    days = [
        {"day": yesterday.date().isoformat(), **before},
        {"day": now.date().isoformat(), **figures},
    ]
    assert (stats["days"], of_today["days"]) == (days, days[1:])
    # Who watched on both days is one viewer.
    assert (stats["viewers"], stats["completions"]) == (3, 2)
    assert {"film_id": str(film), **figures} in top["items"]
    watched = [one["viewers"] for one in top["items"]]
    assert watched == sorted(watched, reverse=True)
    assert first["items"] == all_time["items"][:1]
