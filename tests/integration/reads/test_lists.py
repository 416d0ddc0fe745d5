"""A walk through the list shows each film once, whatever the viewer does meanwhile."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

from tests.integration.reads.reader import Reader, is_after, reader
from tests.stack import RunningStack
from tests.waiting import until

FILMS = 1000
PAGE = 25


async def report_all(viewer: Reader, films: Iterable[UUID]) -> str:
    """The time of the latest event."""
    waiting = list(films)
    times: list[str] = []

    async def one_after_another() -> None:
        while waiting:
            times.append((await viewer.report(waiting.pop()))["event_time"])

    await asyncio.gather(*(one_after_another() for _ in range(16)))
    return max(times)


@asynccontextmanager
async def watching_on(viewer: Reader, unshown: set[UUID]) -> AsyncIterator[list[UUID]]:
    """Reports without a pause of films that the walk has not come to yet, and of new ones."""
    # S311: a scenario, not a secret
    rng, moved = random.Random(1), list[UUID]()  # noqa: S311

    async def report() -> None:
        while unshown:
            film = rng.choice([*unshown, uuid4()])
            await viewer.report(film)
            moved.append(film)

    flowing = [asyncio.create_task(report()) for _ in range(2)]
    try:
        yield moved
    finally:
        for task in flowing:
            task.cancel()
        await asyncio.wait(flowing)


async def test_a_walk_has_no_gap_and_no_double_while_events_flow(
    running_stack: RunningStack,
) -> None:
    films = {uuid4() for _ in range(FILMS)}
    # A service is not limited in how often it reports.
    async with reader(running_stack.settings, "service") as viewer:
        last = await report_all(viewer, films)

        async def all_there() -> bool:
            return is_after((await viewer.page(limit=1))["as_of"], last)

        await until(all_there, within=10)
        shown: list[dict[str, Any]] = []
        unshown = set(films)
        async with watching_on(viewer, unshown) as moved:
            await until(lambda: len(moved) > 10)
            page = await viewer.page(limit=PAGE)
            shown += page["items"]
            while page["next_cursor"] is not None:
                unshown -= {UUID(item["film_id"]) for item in page["items"]}
                page = await viewer.page(limit=PAGE, cursor=page["next_cursor"])
                shown += page["items"]
            assert len(moved) > FILMS / PAGE  # the ground did move under the walk
    walked = [UUID(item["film_id"]) for item in shown]
    assert len(walked) == len(set(walked)), "a film is there twice"
    assert not films - set(walked), f"{len(films - set(walked))} films were never shown"
    times = [item["event_time"] for item in shown]
    assert times == sorted(times, reverse=True)


async def test_films_of_one_moment_are_all_shown(running_stack: RunningStack) -> None:
    """The same event id and time in several films: then the film's id decides."""
    films = {uuid4() for _ in range(5)}
    async with reader(running_stack.settings) as viewer:
        first = await viewer.report(next(iter(films)))
        event = {name: first[name] for name in ("event_id", "event_time")}
        for film in films:
            await viewer.report(film, **event)

        async def all_there() -> bool:
            return len((await viewer.page())["items"]) == len(films)

        await until(all_there, within=5)
        walked, cursor = [], None
        while True:
            page = await viewer.page(limit=1, **({"cursor": cursor} if cursor else {}))
            walked += [UUID(item["film_id"]) for item in page["items"]]
            if (cursor := page["next_cursor"]) is None:
                break
    assert sorted(walked) == sorted(films)
