"""SQL in whatever a reading takes: each parameter of the API's own document, one after the other.

A parameter that is added to a route is attacked from then on without a word here.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import quote
from uuid import UUID, uuid4

import httpx
import pytest

from tests.analyst import Analyst
from tests.stack import RunningStack
from tests.waiting import until

HOSTILE = [
    *(
        "' OR 1=1 --",
        "1 OR 1=1",
        "1) OR (1=1",
        "1; DROP TABLE movies.views_local",
        "'; SELECT 1; --",
    ),
    *("' UNION ALL SELECT * FROM movies.views --", "{x:UUID}", "{user_id:UUID}", "\\'", "\\", "''"),
    *("url('http://127.0.0.1:9/', CSV, 'a String')", "file('/etc/passwd')", "sleep(3)", "/**/1"),
    *("1 SETTINGS readonly=0", "1 FORMAT CSV", "1 INTO OUTFILE '/tmp/x'", "%27%20OR%201=1", "\\N"),
    *("toUUID('x')", "generateUUIDv4()", "NULL", "$$1$$", "1\0", "1&param_user_id=x", "0x1"),
    *("¹", "\uff11", "1e1", "-1", "99999999999999999999", "", " ", "*", "?", "_", "%", "x" * 2000),
]
UNSENT = uuid4()
FILMS = "/api/v1/progresses/films/"


class Place(NamedTuple):
    """One parameter of one reading, the others as they should be."""

    path: str
    name: str
    where: str

    def address(self, value: str) -> str:
        path = self.path
        if self.where == "path":
            path = path.replace(f"{{{self.name}}}", quote(value, safe=""))
        return path.format_map(_Any()) + (
            f"?{self.name}={quote(value, safe='')}" if self.where == "query" else ""
        )


class _Any(dict[str, str]):
    """Some id for each `{...}` of a path."""

    def __missing__(self, name: str) -> str:
        return str(UNSENT)


def places(document: dict[str, Any]) -> Iterator[Place]:
    for path, operations in document["paths"].items():
        for parameter in operations.get("get", {}).get("parameters", []):
            yield Place(path, parameter["name"], parameter["in"])


@pytest.fixture
async def secret_film(running_stack: RunningStack, asking: httpx.AsyncClient) -> str:
    """Stored, of another viewer."""
    film, url = uuid4(), running_stack.settings.front_url
    headers = {"Authorization": f"Bearer {running_stack.token()}"}
    report = {"progress": 1, "total": 2}
    answer = await asking.post(f"{url}{FILMS}{film}", json=report, headers=headers)
    await until(lambda: Analyst(running_stack.settings).stored(UUID(answer.json()["event_id"])))
    return str(film)


async def test_it_is_refused_and_gives_nobodys_rows(
    running_stack: RunningStack, asking: httpx.AsyncClient, secret_film: str, door: str
) -> None:
    document = (await asking.get(f"{running_stack.settings.api_url}/api/openapi.json")).json()
    found = list(places(document))
    assert {place.name for place in found} >= {
        *("user_id", "film_id", "event_id", "receipt", "cursor", "limit", "days")
    }
    headers = {"Authorization": f"Bearer {running_stack.token('analyst')}"}
    for place in found:
        for text in HOSTILE:
            answer = await asking.get(door + place.address(text), headers=headers)
            assert 400 <= answer.status_code < 500, (place, text, answer.text)
            assert answer.headers["content-type"] == "application/problem+json", (place, text)
            assert secret_film not in answer.text, (place, text)
            assert len(text) < 5 or text not in answer.text, (place, text)
    assert await Analyst(running_stack.settings).value("EXISTS movies.views_local") == "1"
