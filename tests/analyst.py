"""Reading ClickHouse as an analyst does, and holding it against what players were answered."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import httpx

from embedded.settings import Settings
from simulator.balance import complaints
from simulator.comparison import Difference, differences
from simulator.records import read
from simulator.warehouse import Warehouse, headers
from tests.players import Ledger
from tests.waiting import until


class Analyst:
    """Queries over the ClickHouse port, exact without FINAL; as whoever the settings name there."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._url = settings.clickhouse_url

    async def rows(self, sql: str) -> list[list[str]]:
        """Raises AssertionError with ClickHouse's text when it refuses."""
        parameters = {"default_format": "TabSeparated", "final": "1"}
        async with httpx.AsyncClient(timeout=30, headers=headers(self._settings)) as http:
            answer = await http.post(self._url, content=sql, params=parameters)
        assert answer.status_code == httpx.codes.OK, answer.text
        return [line.split("\t") for line in answer.text.splitlines()]

    async def value(self, sql: str) -> str:
        return (await self.rows(sql))[0][0]

    async def stored(self, event_id: UUID) -> bool:
        return (
            await self.value(f"SELECT count() FROM movies.views WHERE event_id = '{event_id}'")
            != "0"
        )

    async def erase(self, event_id: UUID) -> None:
        await self.rows(
            f"ALTER TABLE movies.views_local DELETE WHERE event_id = '{event_id}' "
            "SETTINGS mutations_sync = 1"
        )

    async def assert_agrees(self, ledger: Ledger, within: float = 30.0) -> None:
        """Wait until every accepted event is in the tables, as it was sent, and nothing else is.

        What was never answered cannot be there: players end only when all they began is accepted.
        """
        warehouse, viewers = Warehouse(self._settings), {user for user, _, _ in ledger.accepted}

        async def differing() -> Sequence[Difference]:
            return differences(ledger, await read(warehouse, viewers))

        async def agrees() -> bool:
            return await self._events() >= len(ledger.accepted) and not await differing()

        try:
            await until(agrees, within=within, every=0.2)
        except AssertionError as late:
            raise AssertionError("\n".join(complaints(ledger, await differing()))) from late
        assert await self._events() == len(ledger.accepted)

    async def _events(self) -> int:
        return int(await self.value("SELECT count() FROM movies.views FINAL"))


def moment(text: str) -> datetime:
    """A ClickHouse DateTime64 in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
