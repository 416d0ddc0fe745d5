"""What the worker makes of ClickHouse's answers, without a ClickHouse."""

import gc
import tracemalloc
from collections.abc import Sequence

import httpx
import pytest

from etl.exits import MalformedRows, WarehouseAway, WarehouseRefusal
from etl.warehouse import PINNED, Warehouse


class Nodes:
    """Answers of ClickHouse nodes in order, and the requests that came."""

    def __init__(self, answers: Sequence[httpx.Response | Exception]) -> None:
        self._answers = list(answers)
        self.requests: list[httpx.Request] = []
        self.http = httpx.AsyncClient(transport=httpx.MockTransport(self._answer))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def warehouse(self) -> Warehouse:
        return Warehouse(self.http, ["http://one:1", "http://two:2"], "views", "writer", "secret")


async def test_an_insert_names_its_columns_and_pins_what_it_relies_on() -> None:
    nodes = Nodes([httpx.Response(200)])
    await nodes.warehouse().insert([b'{"v":1}\n', b'{"v":1}\n{"v":1}\n'])
    (request,) = nodes.requests
    parameters = dict(request.url.params)
    assert parameters.pop("query") == (
        "INSERT INTO movies.views (user_id, film_id, event_id, progress, total, event_time, "
        "received_at) FORMAT JSONEachRow"
    )
    assert parameters == {name: str(value) for name, value in PINNED.items()}
    assert request.content == 3 * b'{"v":1}\n'
    assert request.headers["X-ClickHouse-User"] == "writer"


async def test_a_200_with_an_exception_in_its_headers_is_no_success() -> None:
    nodes = Nodes([httpx.Response(200, headers={"X-ClickHouse-Exception-Code": "242"})])
    with pytest.raises(WarehouseAway):
        await nodes.warehouse().insert([b"{}"])


async def test_the_code_is_read_from_the_text_where_no_header_has_it() -> None:
    text = "Code: 117. DB::Exception: Duplicate field: Code: 1. (INCORRECT_DATA)"
    with pytest.raises(MalformedRows) as refusal:
        await Nodes([httpx.Response(400, text=text)]).warehouse().insert([b"{}"])
    assert refusal.value.code == 117


async def test_an_answer_of_something_else_is_a_refusal() -> None:
    with pytest.raises(WarehouseRefusal):
        await Nodes([httpx.Response(404, text="<html>")]).warehouse().insert([b"{}"])


@pytest.mark.parametrize(
    "trouble",
    [httpx.ConnectError("refused"), httpx.ReadTimeout("slow"), httpx.Response(503)],
    ids=["refused", "slow", "unavailable"],
)
async def test_after_trouble_the_next_node_is_asked(trouble: httpx.Response | Exception) -> None:
    nodes = Nodes([trouble, httpx.Response(200), httpx.Response(200)])
    warehouse = nodes.warehouse()
    with pytest.raises((httpx.TransportError, WarehouseAway)):
        await warehouse.insert([b"{}"])
    await warehouse.insert([b"{}"])
    await warehouse.insert([b"{}"])
    assert [request.url.host for request in nodes.requests] == ["one", "two", "two"]


class Swallowing(httpx.AsyncBaseTransport):
    """Takes a body as a connection does, and keeps nothing of it."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        assert isinstance(request.stream, httpx.AsyncByteStream)
        taken = [len(part) async for part in request.stream]
        assert sum(taken) == int(request.headers["Content-Length"])
        assert "Transfer-Encoding" not in request.headers
        return httpx.Response(200)


async def test_rows_are_let_go_of_without_the_collector() -> None:
    """httpx leaves its requests in cycles; the batches that they held were 240 MiB."""
    http = httpx.AsyncClient(transport=Swallowing())
    warehouse, size = Warehouse(http, ["http://one:1"], "views", "writer", ""), 1_000_000
    gc.collect()
    gc.disable()
    tracemalloc.start()
    try:
        for _ in range(3):
            await warehouse.insert([bytes(size), bytes(size)])
        held, _ = tracemalloc.get_traced_memory()
        assert held < size
    finally:
        tracemalloc.stop()
        gc.enable()
