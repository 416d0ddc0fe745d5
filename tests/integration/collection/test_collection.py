"""The API collection does what it says, and has every route of the OpenAPI document."""

import re
from functools import partial
from urllib.parse import urlsplit

import httpx
import pytest

from tests.integration.collection.runner import Collection
from tests.stack import RunningStack
from tests.waiting import until


def collection(stack: RunningStack, **more: str) -> Collection:
    door = urlsplit(stack.settings.front_url)
    given = {"host": door.hostname or "", "port": str(door.port), "token": stack.token("analyst")}
    return Collection(**{**given, **more})


async def test_every_request_is_answered_as_it_says(running_stack: RunningStack) -> None:
    made = collection(running_stack)
    async with httpx.AsyncClient() as http:
        for item in made.items():
            if item["request"]["method"] == "GET":  # a read follows a report within a second
                await until(partial(made.answers_as_it_says, item, http), within=5, every=0.1)
            else:
                await made.run(item, http)


async def test_it_notices_another_answer(running_stack: RunningStack) -> None:
    made = collection(running_stack, token="none")
    async with httpx.AsyncClient() as http:
        with pytest.raises(AssertionError, match="One event"):
            await made.run(next(made.items()), http)


async def test_it_has_every_route_of_the_document(running_stack: RunningStack) -> None:
    async with httpx.AsyncClient() as http:
        answer = await http.get(f"{running_stack.settings.api_url}/api/openapi.json")
    documented = {
        (method.upper(), re.sub(r"\{\w+\}", "*", path))
        for path, methods in answer.json()["paths"].items()
        for method in methods
        if path.startswith(("/api/v1", "/bigdata-api/v1"))
    }
    had = {
        (item["request"]["method"], re.sub(r"\{\{\w+\}\}", "*", "/" + "/".join(path)))
        for item in Collection().items()
        if (path := item["request"]["url"]["path"]) and item["name"] != "Nothing there"
    }
    assert documented <= had
