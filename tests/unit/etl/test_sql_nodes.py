"""Which node is asked, and which is asked instead, without a ClickHouse."""

import asyncio
from collections.abc import Mapping

import httpx
import pytest

from etl.exits import EmptyNode, Exit, WarehouseAway, WarehouseRefusal, exit_for
from etl.nodes import Nodes
from etl.settings import Settings
from etl.sql import Sql
from etl.warehouse import Warehouse

Trouble = httpx.Response | Exception
REFUSED, SLOW = httpx.ConnectError("refused"), httpx.ReadTimeout("slow")
CONNECTING = httpx.ConnectTimeout("no answer to a SYN")


class Hosts:
    """Each in its trouble for ever; the others are well."""

    def __init__(self, **trouble: Trouble) -> None:
        self._trouble: Mapping[str, Trouble] = trouble
        self.asked: list[str] = []
        http = httpx.AsyncClient(transport=httpx.MockTransport(self._answer), timeout=3600)
        settings = Settings(clickhouse_url="http://one:1,http://two:2,http://three:3")
        self.sql, self.warehouse = Sql(http, settings), Warehouse.of(settings, http)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.host)
        self.limits: dict[str, float] = request.extensions["timeout"]
        trouble = self._trouble.get(request.url.host, httpx.Response(200, text=request.url.host))
        if isinstance(trouble, Exception):
            raise trouble
        return trouble


@pytest.mark.parametrize("trouble", [REFUSED, SLOW, CONNECTING, httpx.Response(503)])
async def test_a_question_is_asked_of_the_next_node_and_the_next_one_too(trouble: Trouble) -> None:
    hosts = Hosts(one=trouble, two=trouble)
    assert await hosts.sql.ask("SELECT 1") == "three"
    assert await hosts.sql.ask("SELECT 1") == "three"
    assert hosts.asked == ["one", "two", "three", "three"]


@pytest.mark.parametrize("trouble", [REFUSED, CONNECTING])
async def test_a_change_that_no_node_heard_is_told_to_the_next(trouble: Trouble) -> None:
    hosts = Hosts(one=trouble)
    assert await hosts.sql.tell("DROP TABLE x") == "two"


@pytest.mark.parametrize(
    ("trouble", "kind"), [(SLOW, httpx.ReadTimeout), (httpx.Response(503), WarehouseAway)]
)
async def test_a_change_that_a_node_may_have_made_is_told_to_no_other(
    trouble: Trouble, kind: type[Exception]
) -> None:
    hosts = Hosts(one=trouble)
    with pytest.raises(kind):
        await hosts.sql.tell("DROP TABLE x")
    assert hosts.asked == ["one"]


async def test_when_all_are_away_each_was_asked_once() -> None:
    hosts = Hosts(one=REFUSED, two=SLOW, three=REFUSED)
    with pytest.raises(httpx.ConnectError):
        await hosts.sql.ask("SELECT 1")
    assert hosts.asked == ["one", "two", "three"]


async def test_a_refusal_is_an_answer() -> None:
    hosts = Hosts(one=httpx.Response(404, text="Code: 60. no such table"))
    with pytest.raises(WarehouseRefusal):
        await hosts.sql.ask("SELECT 1 FROM x")
    assert hosts.asked == ["one"]


async def test_a_question_has_a_minute_whatever_a_change_may_take() -> None:
    hosts = Hosts()
    await hosts.sql.ask("SELECT 1")
    assert hosts.limits["read"] == 60
    await hosts.sql.tell("INSERT INTO x SELECT 1")
    assert hosts.limits["read"] == 3600


async def test_several_failures_of_one_node_pass_over_one_node() -> None:
    nodes = Nodes(["one", "two"])

    together = asyncio.Barrier(2)

    async def fail() -> None:
        with nodes.turn() as node:
            assert node == "one"
            await together.wait()
            raise REFUSED

    failures = await asyncio.gather(fail(), fail(), return_exceptions=True)
    assert list(failures) == [REFUSED, REFUSED]
    with nodes.turn() as node:
        assert node == "two"


async def test_a_mistake_of_ours_keeps_the_node() -> None:
    nodes = Nodes(["one", "two"])
    with pytest.raises(KeyError), nodes.turn():
        raise KeyError
    with nodes.turn() as node:
        assert node == "one"


@pytest.mark.parametrize("code", ["60", "81"])
async def test_rows_go_past_a_node_without_the_table_and_stop_where_all_are_so(code: str) -> None:
    empty = httpx.Response(404, headers={"X-ClickHouse-Exception-Code": code})
    hosts = Hosts(one=empty, two=empty)
    await hosts.warehouse.insert([])
    await hosts.warehouse.insert([])
    assert hosts.asked == ["one", "two", "three", "three"]
    with pytest.raises(EmptyNode) as stopped:
        await Hosts(one=empty, two=empty, three=empty).warehouse.insert([])
    assert exit_for(stopped.value) is Exit.STOP
