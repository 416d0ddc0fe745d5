"""How ClickHouse is asked for rows, without a ClickHouse."""

from base64 import b64decode
from collections.abc import Sequence
from datetime import UTC, datetime
from struct import pack
from uuid import UUID

import httpx
import pytest

from etl.audit.claim import Claim, read
from etl.audit.finding import Row
from etl.audit.rows import Rows
from etl.exits import WarehouseAway, WarehouseRefusal
from etl.settings import Settings
from tests.unit.ugc_events.examples import event
from ugc_events import encode


def claim(**more: object) -> Claim:
    found = read(encode(event(**more)))
    assert found is not None
    return found


CLAIM = claim()
ROW = CLAIM.identity + b"c" * 16 + pack("<q", 7)


class Nodes:
    """Answers of ClickHouse nodes in order, and the requests that came."""

    def __init__(self, answers: Sequence[httpx.Response | Exception]) -> None:
        self._answers = list(answers)
        self.requests: list[httpx.Request] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def rows(self, at_once: int = 100, lightly: bool = False) -> Rows:
        http = httpx.AsyncClient(transport=httpx.MockTransport(self.answer))
        settings = Settings(clickhouse_url="http://one:1,http://two:2", clickhouse_user="reader")
        return Rows(http, settings, at_once, lightly)

    def asked_for(self) -> list[list[bytes]]:
        """The identities of each question."""
        return [
            list(map(b64decode, request.content.split(b"$$")[1].split(b",")))
            for request in self.requests
        ]


async def test_rows_are_those_of_the_answer() -> None:
    nodes = Nodes([httpx.Response(200, content=ROW)])
    assert await nodes.rows().standing([CLAIM]) == {CLAIM.identity: Row(b"c" * 16, 7)}
    (request,) = nodes.requests
    assert request.headers["X-ClickHouse-User"] == "reader"
    assert nodes.asked_for() == [[CLAIM.identity]]


async def test_nothing_is_asked_for_nothing() -> None:
    assert await Nodes([]).rows().standing([]) == {}


async def test_identities_are_asked_for_once_in_pieces_in_the_order_of_the_table() -> None:
    """ClickHouse puts a UUID's second half first."""
    users = [
        UUID("ffffffff-ffff-ffff-0000-000000000000"),
        UUID("00000000-0000-0000-0000-000000000100"),
        UUID("00000000-0000-0100-0100-000000000000"),
        UUID("00000000-0000-0200-0100-000000000000"),
    ]
    claims = [claim(user_id=user) for user in users]
    ordered = [one.identity for one in claims]
    nodes = Nodes([httpx.Response(200)] * 2)
    await nodes.rows(at_once=2).standing([*reversed(claims), claims[0]])
    assert nodes.asked_for() == [ordered[:2], ordered[2:]]


async def test_rows_are_those_of_final_unless_looked_at_lightly() -> None:
    nodes = Nodes([httpx.Response(200)] * 2)
    times = [datetime(2026, 10, 31, 23, 59, 59, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)]
    for lightly in (False, True):
        await nodes.rows(lightly=lightly).standing([claim(event_time=one) for one in times])
    exact, light = (request.content for request in nodes.requests)
    assert b"movies.views FINAL" in exact
    assert b"BETWEEN" not in exact
    assert b"FINAL" not in light
    assert b"movies.views WHERE toYYYYMM(event_time) BETWEEN 202610 AND 202612" in light


async def test_of_rows_not_folded_yet_the_earliest_stands() -> None:
    rows = [CLAIM.identity + text * 16 + pack("<q", at) for text, at in ((b"b", 8), (b"a", 7))]
    for answer in (rows, rows[::-1]):
        nodes = Nodes([httpx.Response(200, content=b"".join(answer))])
        assert await nodes.rows().standing([CLAIM]) == {CLAIM.identity: Row(b"a" * 16, 7)}


@pytest.mark.parametrize(
    ("first", "error"),
    [
        (httpx.ConnectError("refused"), httpx.ConnectError),
        (httpx.Response(500, headers={"X-ClickHouse-Exception-Code": "241"}), WarehouseAway),
    ],
)
async def test_after_a_node_that_is_away_the_next_one_is_asked(
    first: httpx.Response | Exception, error: type[Exception]
) -> None:
    nodes = Nodes([first, httpx.Response(200, content=ROW)])
    rows = nodes.rows()
    with pytest.raises(error):
        await rows.standing([CLAIM])
    assert CLAIM.identity in await rows.standing([CLAIM])
    assert [request.url.host for request in nodes.requests] == ["one", "two"]


async def test_a_200_with_an_exception_in_its_headers_is_no_answer() -> None:
    nodes = Nodes([httpx.Response(200, headers={"X-ClickHouse-Exception-Code": "497"})])
    with pytest.raises(WarehouseRefusal):
        await nodes.rows().standing([CLAIM])
