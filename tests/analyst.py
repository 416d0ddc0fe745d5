"""Reading ClickHouse as an analyst does, and holding it against what players were answered."""

from datetime import UTC, datetime
from uuid import UUID

import httpx

from embedded.settings import Settings
from tests.players import Ledger, furthest, latest
from tests.waiting import until


class Analyst:
    """Queries over the ClickHouse port, as the user without a password."""

    def __init__(self, settings: Settings) -> None:
        self._url = settings.clickhouse_url

    async def rows(self, sql: str) -> list[list[str]]:
        """Raises AssertionError with ClickHouse's text when it refuses."""
        async with httpx.AsyncClient(timeout=30) as http:
            answer = await http.post(
                self._url, content=sql, params={"default_format": "TabSeparated"}
            )
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
        """Wait until every accepted event is stored, then compare all of it, event by event."""
        accepted = ledger.accepted

        async def all_there() -> bool:
            return int(await self.value("SELECT count() FROM movies.views FINAL")) >= len(accepted)

        await until(all_there, within=within, every=0.2)
        views = await self.rows(
            "SELECT user_id, film_id, event_id, progress, count() FROM movies.views FINAL "
            "GROUP BY ALL"
        )
        stored = {(UUID(u), UUID(f), UUID(e)): float(p) for u, f, e, p, _ in views}
        assert {n for *_, n in views} <= {"1"}, "an event is there twice"
        missing = [identity for identity in accepted if identity not in stored]
        assert not missing, f"{len(missing)} of {len(accepted)} accepted events are lost"
        assert {i: accepted[i].progress for i in accepted} == {i: stored[i] for i in accepted}
        # What was stored beyond the ledger was started and never answered 202; players end
        # only when all their events are accepted, so there is nothing of the kind.
        assert len(stored) == len(accepted)

        last = await self.rows("SELECT user_id, film_id, event_time FROM movies.latest_view FINAL")
        assert {(UUID(u), UUID(f)): moment(t) for u, f, t in last} == latest(accepted)
        far = await self.rows("SELECT user_id, film_id, progress FROM movies.longest_view FINAL")
        assert {(UUID(u), UUID(f)): float(p) for u, f, p in far} == furthest(accepted)


def moment(text: str) -> datetime:
    """A ClickHouse DateTime64 in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
