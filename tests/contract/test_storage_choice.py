"""The two stores of `make storage`: what is compared must be the same, whatever it costs.

The real engine with the product's tables and ways, and a real PostgreSQL.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import UUID, uuid4

import pytest
from storage.clickhouse import clickhouse
from storage.events import Event, batches, events
from storage.postgres_server import tuned
from storage.postgresql import postgresql
from storage.store import Candidate, Census, Film, Position

R = TypeVar("R")
NOW = datetime.now(UTC).replace(microsecond=250_000)
LONGER_THAN_ALL = 60  # days


class Both:
    """What is done is done to both; what both answer must be one answer."""

    def __init__(self, *stores: Candidate) -> None:
        self.stores = stores

    async def insert(self, *arriving: Event) -> None:
        for store in self.stores:
            await store.insert(store.encode(arriving))

    async def ask(self, question: Callable[[Candidate], Awaitable[R]]) -> R:
        one, other = [await question(store) for store in self.stores]
        assert one == other
        return one

    async def positions(self, viewer: UUID, film: UUID) -> dict[str, Position]:
        return dict(await self.ask(lambda store: store.positions(viewer, film)))

    async def films(self, days: int) -> dict[UUID, Film]:
        async def found(store: Candidate) -> dict[UUID, Film]:  # equals come in any order
            return {film.film_id: film for film in await store.most_watched(days, 65535)}

        return await self.ask(found)


@pytest.fixture(scope="module")
async def both(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Both]:
    async with (
        clickhouse(tmp_path_factory.mktemp("clickhouse"), fsync=True) as one,
        postgresql(tuned(512 << 20)) as other,
    ):
        yield Both(one, other)


def report(viewer: UUID, film: UUID, progress: int, at: datetime, total: int = 5_400_000) -> Event:
    text = f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"
    return Event(str(viewer), str(film), str(uuid4()), progress, total, text, text)


def census(arrived: Sequence[Event]) -> Census:
    def milliseconds(text: str) -> int:
        return round(datetime.fromisoformat(text).timestamp() * 1000)

    return Census(
        len(arrived),
        sum(event.progress for event in arrived),
        sum(event.total for event in arrived),
        sum(milliseconds(event.event_time) for event in arrived),
        sum(milliseconds(event.received_at) for event in arrived),
    )


async def test_the_same_events_give_the_same_rows_and_answers(both: Both) -> None:
    before = await both.ask(lambda store: store.census())
    source, arrived = events(25_000, NOW.date()), list[Event]()
    for rows, size in ((20_000, 5000), (4950, 1000), (50, 1)):
        for batch in batches(source, rows, size):
            await both.insert(*batch)
            arrived += batch
    after = await both.ask(lambda store: store.census())
    assert after == Census(*map(sum, zip(before, census(arrived), strict=True)))

    by_pair = defaultdict[tuple[UUID, UUID], list[Event]](list)
    for event in arrived:
        by_pair[event.pair].append(event)
    for viewer, film in list(by_pair)[::20]:
        mine = by_pair[viewer, film]
        found = await both.positions(viewer, film)
        assert str(found["latest"].event_id) == mine[-1].event_id
        assert found["furthest"].progress == max(event.progress for event in mine)
    watched = await both.films(LONGER_THAN_ALL)
    assert watched.keys() >= {event.pair[1] for event in arrived}
    viewers = dict(await both.ask(lambda store: store.viewers_per_day()))
    for day in {event.event_time[:10] for event in arrived}:
        seen = {event.user_id for event in arrived if event.event_time.startswith(day)}
        assert viewers[datetime.fromisoformat(day).date()] == len(seen)


async def test_an_event_that_comes_again_changes_nothing(both: Both) -> None:
    viewer, film = uuid4(), uuid4()
    first = [report(viewer, film, n * 60_000, NOW + timedelta(minutes=n)) for n in range(5)]
    await both.insert(*first)
    kept = await both.ask(lambda store: store.census())
    positions, films = await both.positions(viewer, film), await both.films(LONGER_THAN_ALL)

    later = f"{NOW + timedelta(hours=1):%Y-%m-%dT%H:%M:%S}.000Z"
    again = [event._replace(received_at=later) for event in first]
    await both.insert(*again)
    await both.insert(*again, *again)
    await both.insert(again[2])
    assert await both.ask(lambda store: store.census()) == kept
    assert await both.positions(viewer, film) == positions
    assert await both.films(LONGER_THAN_ALL) == films


async def test_positions_do_not_depend_on_the_order_of_arrival(both: Both) -> None:
    film = uuid4()
    for order in ((0, 1, 2), (2, 1, 0), (1, 2, 0)):
        viewer = uuid4()
        minutes = [report(viewer, film, n * 60_001, NOW + timedelta(minutes=n)) for n in range(2)]
        back = report(viewer, film, 30_500, NOW + timedelta(minutes=3))
        for number in order:
            await both.insert([*minutes, back][number])
        found = await both.positions(viewer, film)
        assert found["latest"] == (30_500, 5_400_000, NOW + timedelta(minutes=3), UUID(back[2]))
        assert found["furthest"].progress == 60_001
        assert found["furthest"].event_id == UUID(minutes[1].event_id)


async def test_who_watched_nothing_is_nowhere(both: Both) -> None:
    assert await both.positions(uuid4(), uuid4()) == {}


async def test_the_most_watched_counts_each_viewer_once_and_these_days_only(both: Both) -> None:
    film, forgotten = uuid4(), uuid4()
    for viewer, furthest in ((uuid4(), 4_859_999), (uuid4(), 4_860_000)):
        for day in range(2):
            at = NOW - timedelta(days=day)
            await both.insert(report(viewer, film, furthest - day, at, total=5_399_000))
            await both.insert(report(viewer, film, 1000, at))
    await both.insert(report(uuid4(), forgotten, 60_000, NOW - timedelta(days=40)))
    found = await both.films(30)
    assert found[film] == Film(film, viewers=2, completions=1, reached=9_719_999)
    assert forgotten not in found
    assert forgotten in await both.films(LONGER_THAN_ALL)
    viewers, rows = await both.ask(lambda store: _most(store, 3))
    assert viewers == sorted(viewers, reverse=True)
    assert rows == 3


async def _most(store: Candidate, rows: int) -> tuple[list[int], int]:
    films = await store.most_watched(LONGER_THAN_ALL, rows)
    return [film.viewers for film in films], len(films)


async def test_a_batch_with_a_row_it_cannot_read_leaves_nothing(both: Both) -> None:
    kept = await both.ask(lambda store: store.census())
    good = report(uuid4(), uuid4(), 60_000, NOW)
    for store in both.stores:
        with pytest.raises(Exception, match=r"cannot read the rows|invalid input syntax"):
            await store.insert(store.encode([good, good._replace(user_id="nobody")]))
    assert await both.ask(lambda store: store.census()) == kept
    assert await both.positions(*good.pair) == {}


async def test_their_servers_tell_what_they_cost(both: Both) -> None:
    for store in both.stores:
        before = store.cpu_s()
        await both.insert(*events(20_000, NOW.date(), seed=3))
        await store.settle()
        await store.flush()
        assert store.cpu_s() > before
        sizes = await store.disk_bytes()
        assert list(sizes) == ["views", "positions", "viewer_days"]
        assert all(size > 1000 for size in sizes.values())
