"""Statements of the commands that look into ClickHouse or rearrange it, one at a time."""

import httpx

from etl.exits import WarehouseAway
from etl.nodes import Nodes
from etl.settings import Settings
from etl.warehouse import raise_for

_READ_WITHIN_S = 60.0
"""A node that is silent for so long is no better than one that is away."""

_ANY_TROUBLE = (httpx.TransportError, WarehouseAway)
_NOTHING_WAS_SENT = (httpx.ConnectError, httpx.ConnectTimeout)


class Sql:
    """Over `http`, to the nodes of `settings`. Answers are text, TabSeparated unless the statement
    says otherwise; more keywords are ClickHouse's settings. Raises WarehouseError and
    httpx.TransportError: what the last node said, when all were asked."""

    def __init__(self, http: httpx.AsyncClient, settings: Settings) -> None:
        self._http = http
        self._nodes = Nodes(settings.clickhouse_nodes)
        self._headers = {
            "X-ClickHouse-User": settings.clickhouse_user,
            "X-ClickHouse-Key": settings.clickhouse_password,
        }

    async def ask(self, question: str, **settings: str | int) -> str:
        """The answer to what changes nothing: of the next node, when one is away."""
        return await self._answer(question, settings, _ANY_TROUBLE, _READ_WITHIN_S)

    async def tell(self, change: str, **settings: str | int) -> str:
        """The answer to what changes something, within the time of the client: of the next node
        only when this one cannot have heard it."""
        return await self._answer(change, settings, _NOTHING_WAS_SENT, None)

    async def _answer(
        self,
        statement: str,
        settings: dict[str, str | int],
        passed_over: tuple[type[Exception], ...],
        within_s: float | None,
    ) -> str:
        left = len(self._nodes)
        while True:
            left -= 1
            try:
                with self._nodes.turn() as node:
                    answer = await self._http.post(
                        node,
                        params={"wait_end_of_query": 1, **settings},
                        headers=self._headers,
                        content=statement,
                        timeout=self._timeout(within_s),
                    )
                    raise_for(answer)
                    return answer.text
            except passed_over:
                if not left:
                    raise

    def _timeout(self, within_s: float | None) -> httpx.Timeout:
        known = self._http.timeout
        if within_s is None:
            return known
        return httpx.Timeout(within_s, connect=known.connect)
