"""Whatever is delivered again changes nothing that is read."""

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import httpx
import pytest
from msgspec.structs import replace

from embedded import token
from tests.analyst import Analyst
from tests.integration.pipeline.topic import write
from tests.stack import RunningStack
from tests.waiting import until
from ugc_events import ViewProgress, encode

TABLES = {
    "views": "event_id, progress, total, event_time, received_at",
    "latest_view": "event_id, progress, total, event_time",
    "longest_view": "event_id, progress, total, event_time",
    "film_daily": "day, viewers, completions, reached_seconds",
}


class Film:
    """One viewer and one film, and all that analysts see of them."""

    def __init__(self, stack: RunningStack) -> None:
        self.stack = stack
        self.user, self.film = uuid4(), uuid4()
        self.analyst = Analyst(stack.settings)

    async def report(self, progress: float, event_id: UUID, event_time: datetime) -> None:
        body = {
            "progress": progress,
            "total": 5400,
            "event_id": str(event_id),
            "event_time": event_time.isoformat(),
        }
        async with httpx.AsyncClient() as http:
            answer = await http.post(
                f"{self.stack.settings.api_url}/api/v1/progresses/films/{self.film}",
                content=json.dumps(body),
                headers={
                    "Authorization": f"Bearer {token.mint(self.stack.settings, self.user)}",
                    "Content-Type": "application/json",
                },
            )
        assert answer.status_code == 202, answer.text

    async def seen(self) -> dict[str, list[list[str]]]:
        return {
            table: sorted(
                await self.analyst.rows(
                    f"SELECT {columns} FROM movies.{table} WHERE film_id = '{self.film}'"
                )
            )
            for table, columns in TABLES.items()
        }

    async def marker(self) -> None:
        """Returns once everything sent before is stored: one viewer's events keep their order."""
        event_id = uuid4()
        other = Film(self.stack)
        other.user = self.user
        await other.report(1, event_id, datetime.now(UTC))
        await until(lambda: self.analyst.stored(event_id))


@pytest.mark.parametrize("repeated", ["at_once", "after_a_newer_event", "from_a_fast_clock"])
async def test_a_retry_changes_nothing(running_stack: RunningStack, repeated: str) -> None:
    film, event_id = Film(running_stack), uuid4()
    clock_error = timedelta(minutes=1) if repeated == "from_a_fast_clock" else timedelta()
    event_time = datetime.now(UTC) - timedelta(seconds=30) + clock_error
    await film.report(2000, event_id, event_time)
    if repeated != "at_once":
        await film.report(1000, uuid4(), event_time + timedelta(seconds=10))
    await film.marker()
    before = await film.seen()
    assert before["longest_view"][0][1] == "2000"
    assert before["latest_view"][0][1] == ("2000" if repeated == "at_once" else "1000")

    for _ in range(3):
        await film.report(2000, event_id, event_time)
        await film.marker()
    assert await film.seen() == before


async def test_a_delivery_a_day_later_changes_nothing(running_stack: RunningStack) -> None:
    film, brokers = Film(running_stack), running_stack.settings.kafka_bootstrap
    watched = datetime.now(UTC).replace(microsecond=0) - timedelta(days=2)
    first = ViewProgress(
        v=1,
        user_id=film.user,
        film_id=film.film,
        event_id=uuid4(),
        progress=2000.0,
        total=5400.0,
        event_time=watched,
        received_at=watched,
    )
    day_later = replace(first, received_at=watched + timedelta(days=1))
    await write(brokers, "views", [encode(day_later)])
    await until(lambda: film.analyst.stored(first.event_id))
    # Out of order as well: the delivery received first stands, whenever it is stored.
    await deliver(film, [first])
    before = await film.seen()
    assert before["views"][0][4].startswith(f"{watched:%Y-%m-%d %H:%M:%S}")
    await deliver(film, [day_later, first, day_later])
    assert await film.seen() == before
    assert len(before["views"]) == 1


async def deliver(film: Film, events: list[ViewProgress]) -> None:
    """Write to the topic and return once all of it is stored: a partition keeps its order."""
    last = replace(events[0], event_id=uuid4(), film_id=uuid4())
    brokers = film.stack.settings.kafka_bootstrap
    await write(brokers, "views", [encode(event) for event in (*events, last)])
    await until(lambda: film.analyst.stored(last.event_id))
