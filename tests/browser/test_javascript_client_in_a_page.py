"""The JavaScript client in a real browser, on a page of another origin than the API."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

import pytest

from tests.analyst import Analyst
from tests.browser.chromium import Pages, far, opened, pages
from tests.stack import RunningStack
from tests.waiting import until

FILM = uuid4()


@pytest.fixture(scope="module")
def origin(running_stack: RunningStack) -> str:
    """Whose pages the API of the stack allows."""
    return running_stack.settings.environ["UGC_CORS_ORIGINS"]


@pytest.fixture
def served(origin: str) -> Iterator[Pages]:
    port = urlsplit(origin).port
    assert port is not None
    with pages(port) as served:
        yield served


def address(origin: str, stack: RunningStack, act: str, api: str = "") -> str:
    api = api or stack.settings.front_url
    query = {"act": act, "api": api, "token": stack.token(), "film": str(FILM)}
    return f"{origin}/player.html?{urlencode(query)}"


async def told_by(served: Pages) -> dict[str, Any]:
    await until(lambda: bool(served.told), within=15)
    return served.told[0]


async def test_a_page_reports_and_reads_back(
    running_stack: RunningStack, origin: str, served: Pages, tmp_path: Path
) -> None:
    async with opened(address(origin, running_stack, "reportAndRead"), tmp_path):
        told = await told_by(served)
    assert (told.get("accepted"), told.get("dropped"), told.get("flushed")) == (3, 0, True), told
    assert told["position"]["latest"]["event_id"] == told["reported"][2]
    assert told["position"]["latest"]["progress"] == 3


async def test_what_a_page_reports_as_it_is_left_is_stored(
    running_stack: RunningStack, origin: str, served: Pages, tmp_path: Path
) -> None:
    """Over a network so slow that the page is gone before anything is answered."""
    settings = running_stack.settings
    analyst = Analyst(settings)
    async with (
        far(settings.front_url, 0.2) as api,
        opened(address(origin, running_stack, "leave", api), tmp_path),
    ):
        told = await told_by(served)
        first, last = told["reported"]
        await until(lambda: analyst.stored(first))
        await until(lambda: analyst.stored(last))
    count = await analyst.value(
        f"SELECT count() FROM movies.views FINAL WHERE event_id IN ('{first}', '{last}')"
    )
    assert count == "2"


async def test_a_page_of_an_origin_that_is_not_allowed_reports_nothing(
    running_stack: RunningStack, origin: str, served: Pages, tmp_path: Path
) -> None:
    other = origin.replace("127.0.0.1", "localhost")
    async with opened(address(other, running_stack, "tryToReport"), tmp_path):
        told = await told_by(served)
    assert told == {"flushed": False, "accepted": 0, "queued": 1, "there": "opaque"}
