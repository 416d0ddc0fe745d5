"""Statements of the commands that look into ClickHouse or rearrange it, one at a time."""

import httpx

from etl.settings import Settings
from etl.warehouse import raise_for


class Sql:
    """Over `http`, to the first of the nodes."""

    def __init__(self, http: httpx.AsyncClient, settings: Settings) -> None:
        self._http = http
        self._node = settings.clickhouse_nodes[0]
        self._headers = {
            "X-ClickHouse-User": settings.clickhouse_user,
            "X-ClickHouse-Key": settings.clickhouse_password,
        }

    async def ask(self, statement: str, **settings: str | int) -> str:
        """The answer as text, TabSeparated unless the statement says otherwise; `settings` are
        ClickHouse's. Raises WarehouseError and httpx.TransportError."""
        answer = await self._http.post(
            self._node,
            params={"wait_end_of_query": 1, **settings},
            headers=self._headers,
            content=statement,
        )
        raise_for(answer)
        return answer.text
