"""Bodies of batches that are on their way take room; without any the next is sent away at once."""

import asyncio

import orjson
import pytest

from tests.unit.ugc_api import bearer
from tests.unit.ugc_api.serving import FILM, Api, report
from ugc_api.exchange import Message
from ugc_api.ingest import batches
from ugc_api.ingest.room import MIB, Room
from ugc_api.problems import Problem

BATCH = orjson.dumps([{**report(), "film_id": str(FILM)}])


@pytest.fixture(autouse=True)
def little_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "READING_BYTES", 5 * MIB)


class Upload:
    """A batch whose body comes when the test says so."""

    def __init__(self, api: Api, declared: int | None) -> None:
        self.goes_on = asyncio.Event()
        self.sent: list[Message] = []
        headers = [
            (b"authorization", f"Bearer {bearer.signed()}".encode()),
            (b"content-type", b"application/json"),
        ]
        if declared is not None:
            headers.append((b"content-length", b"%d" % declared))
        scope = {"type": "http", "method": "POST", "path": "/api/v1/progresses", "headers": headers}
        self.answer = asyncio.create_task(api.front(scope, self._receive, self._send))

    async def _receive(self) -> Message:
        await self.goes_on.wait()
        return {"type": "http.request", "body": BATCH}

    async def _send(self, message: Message) -> None:
        self.sent.append(message)

    async def status(self) -> int:
        await self.answer
        return int(self.sent[0]["status"])


@pytest.mark.parametrize("declared", [None, 3 * MIB])
async def test_there_is_room_for_what_is_declared_or_might_come(declared: int | None) -> None:
    api = Api()
    first = Upload(api, declared)
    await asyncio.sleep(0)
    second, small = Upload(api, 3 * MIB), Upload(api, len(BATCH))
    assert await second.status() == 503
    assert b"too_many_batches" in second.sent[1]["body"]
    for one in (first, small):
        one.goes_on.set()
        assert await one.status() == 202
    third = Upload(api, 3 * MIB)
    third.goes_on.set()
    assert await third.status() == 202


async def test_a_batch_that_is_declared_too_large_is_refused_for_that() -> None:
    assert await Upload(Api(), 9 * MIB).status() == 413


async def test_who_goes_away_leaves_the_room() -> None:
    api = Api()
    first = Upload(api, 4 * MIB)
    await asyncio.sleep(0)
    first.answer.cancel()
    await asyncio.wait({first.answer})
    second = Upload(api, 4 * MIB)
    second.goes_on.set()
    assert await second.status() == 202


def test_room_is_given_back_whatever_happens() -> None:
    room = Room(10)
    with pytest.raises(ZeroDivisionError), room.of(10):
        raise ZeroDivisionError
    with room.of(10), pytest.raises(Problem), room.of(1):
        pass
