"""Who waits for inserts of before says for which, when it takes long."""

from collections.abc import Iterator

import httpx
import pytest

from etl import older_inserts
from etl.settings import Settings
from etl.sql import Sql


def server(answers: Iterator[str], asked: list[str]) -> Sql:
    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.content.decode())
        return httpx.Response(200, text=next(answers))

    http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    return Sql(http, Settings(clickhouse_url="http://ch-1:8123"))


async def test_it_waits_until_there_are_none_and_tells_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(older_inserts, "_SAYS_AFTER_S", 0.0)
    asked = list[str]()
    sql = server(iter(["one\ntwo\n", "two\n", ""]), asked)
    await older_inserts.older_inserts_done(sql, "ours")
    assert len(asked) == 3
    assert all("clusterAllReplicas('ours', system.processes)" in one for one in asked)
    told = [one.getMessage() for one in caplog.records if one.name == "etl.older_inserts"]
    assert told == ["waiting for inserts that began before: one, two"]


async def test_it_says_nothing_of_what_is_over_soon(caplog: pytest.LogCaptureFixture) -> None:
    await older_inserts.older_inserts_done(server(iter(["one\n", ""]), []), None)
    assert not [one for one in caplog.records if one.name == "etl.older_inserts"]
