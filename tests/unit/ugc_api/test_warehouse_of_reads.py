"""Reads over several nodes, of which some do not answer as they should."""

import asyncio
import logging
from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.unit.ugc_api.nodes import Node, always, failures, reading, serving
from ugc_api.problems import Problem
from ugc_api.reads.warehouse import CONNECTIONS, Warehouse

GOOD = '{"n":1}\n'
FAILED = (
    "Code: 159. DB::Exception: Timeout exceeded: user 0b7e3f62-6f0c-4a2e-9f3c-5d1f2f5f9a01. "
    "(TIMEOUT_EXCEEDED)"
)


@pytest.fixture
async def good() -> AsyncIterator[Node]:
    async with serving(Node(always(200, GOOD))) as node:
        yield node


@pytest.fixture
async def failing() -> AsyncIterator[Node]:
    async with serving(Node(always(500, FAILED))) as node:
        yield node


async def away(warehouse: Warehouse) -> None:
    with pytest.raises(Problem) as refusal:
        await warehouse.rows("positions", "SELECT 1 AS n")
    assert (refusal.value.status, refusal.value.code) == (503, "clickhouse_away")


async def test_values_are_bound_and_never_part_of_the_text(good: Node) -> None:
    hostile = "'; DROP TABLE movies.views; --"
    async with reading(good) as warehouse:
        assert await warehouse.rows("one", "SELECT {x:String} AS n", x=hostile) == [{"n": 1}]
    ((address, body),) = good.asked
    assert body == "SELECT {x:String} AS n FORMAT JSONEachRow"
    given = parse_qs(urlsplit(address).query)
    assert given["param_x"] == [hostile]
    assert (given["max_execution_time"], given["wait_end_of_query"]) == (["2"], ["1"])


async def test_after_a_failure_the_next_node_is_asked_and_stays(good: Node, failing: Node) -> None:
    async with reading(failing, good) as warehouse:
        for _ in range(3):
            assert await warehouse.rows("one", "SELECT 1 AS n") == [{"n": 1}]
    assert (len(failing.asked), len(good.asked)) == (1, 3)


async def test_an_error_of_every_node_is_503_and_its_text_stays_out_of_the_log(
    failing: Node, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    async with reading(failing) as warehouse:
        await away(warehouse)
        assert failures(warehouse, "error") == 1
    assert len(failing.asked) == 1
    (line,) = caplog.records
    said = vars(line)
    assert (said["query"], said["reason"]) == ("positions", "error")
    assert said["error"] == "159 TIMEOUT_EXCEEDED"


async def test_a_kept_connection_that_was_closed_is_no_failure() -> None:
    answers = iter([(200, GOOD), (0, ""), (200, GOOD)])

    async def answer() -> tuple[int, str]:
        return next(answers)

    async with serving(Node(answer)) as node, reading(node) as warehouse:
        for _ in range(2):
            assert await warehouse.rows("one", "SELECT 1 AS n") == [{"n": 1}]
    assert len(node.asked) == 3


@pytest.mark.parametrize("text", ["<html>a proxy</html>\n", "<html>", '{"n":1}\n{"n":'])
async def test_an_answer_that_is_none_of_clickhouse_s_is_a_failure(text: str) -> None:
    async with serving(Node(always(200, text))) as node, reading(node) as warehouse:
        await away(warehouse)


async def test_a_node_that_is_not_there_is_a_failure() -> None:
    nobody = Node(always(200, GOOD))
    nobody.url = "http://127.0.0.1:9"
    async with reading(nobody) as warehouse:
        await away(warehouse)
        assert failures(warehouse, "unreachable") == 1


async def test_a_node_that_hangs_leaves_time_for_the_next(good: Node) -> None:
    async with serving(Node(None)) as hanging, reading(hanging, good, within_s=2.0) as warehouse:
        for _ in range(2):
            assert await warehouse.rows("one", "SELECT 1 AS n") == [{"n": 1}]
    assert (len(hanging.asked), len(good.asked)) == (1, 2)


async def test_a_node_that_hangs_costs_no_more_than_the_limit() -> None:
    async with serving(Node(None)) as node, reading(node, within_s=0.2) as warehouse:
        async with asyncio.timeout(1):
            await asyncio.gather(*(away(warehouse) for _ in range(3 * CONNECTIONS)))
        assert failures(warehouse, "timeout") == 3 * CONNECTIONS
        # a connection given up may serve one that waits, in the last moment
        assert CONNECTIONS <= len(node.asked) <= 2 * CONNECTIONS


async def test_a_crowd_does_not_keep_later_readers_out() -> None:
    """Not even one of which many gave up."""

    async def slow() -> tuple[int, str]:
        await asyncio.sleep(0.3)
        return 200, GOOD

    async with serving(Node(slow)) as node, reading(node, within_s=1.0) as warehouse:
        crowd = [warehouse.rows("test", "SELECT 1 AS n") for _ in range(100)]
        answers = await asyncio.gather(*crowd, return_exceptions=True)
        assert any(isinstance(answer, Problem) for answer in answers)
        assert await warehouse.rows("test", "SELECT 1 AS n") == [{"n": 1}]
