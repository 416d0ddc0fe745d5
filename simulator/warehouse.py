"""What ClickHouse has of some viewers, read as an analyst reads it: by SQL, over HTTP."""

from collections.abc import Iterable, Sequence
from typing import TypeVar
from uuid import UUID

import httpx
import msgspec

from configuration import load
from embedded.settings import Settings
from simulator.errors import CannotPlay

R = TypeVar("R")
MOST_QUERY_BYTES = 64 * 1024 * 1024  # the viewers' ids stand in each query, 39 bytes each


class User(msgspec.Struct, frozen=True):
    """Who reads; the stack's own ClickHouse knows `default` without a password."""

    name: str = msgspec.field(default="default", name="CH_USER")
    password: str = msgspec.field(default="", name="CH_PASSWORD")


class Warehouse:
    def __init__(self, settings: Settings) -> None:
        self._url = settings.clickhouse_url.partition(",")[0]
        self._headers = headers(settings)

    async def rows(self, sql: str, kind: type[R]) -> Sequence[R]:
        """Each row read as `kind`, a tuple of its columns. Raises CannotPlay."""
        parameters = {
            "default_format": "JSONCompactEachRow",
            "date_time_output_format": "iso",
            "output_format_json_quote_64bit_integers": "0",
            "output_format_json_quote_decimals": "0",
            "max_query_size": str(MOST_QUERY_BYTES),
        }
        try:
            async with httpx.AsyncClient(headers=self._headers, timeout=60) as http:
                answer = await http.post(self._url, content=sql, params=parameters)
        except httpx.TransportError as error:
            raise CannotPlay(f"ClickHouse does not answer at {self._url}: {error}") from error
        if answer.status_code != httpx.codes.OK:
            raise CannotPlay(f"ClickHouse refuses a query: {answer.text.strip()[:500]}")
        return msgspec.json.Decoder(kind).decode_lines(answer.content)

    async def count(self, viewers: Iterable[UUID]) -> int:
        """Events of these viewers."""
        sql = f"SELECT count() FROM movies.views FINAL WHERE {of(viewers)}"  # noqa: S608
        ((count,),) = await self.rows(sql, tuple[int])
        return count


def headers(settings: Settings) -> dict[str, str]:
    """What a query over HTTP says of who asks."""
    user = load(User, settings.environ if settings.external_clickhouse else {})
    return {"X-ClickHouse-User": user.name, "X-ClickHouse-Key": user.password}


def of(viewers: Iterable[UUID]) -> str:
    """As a condition of SQL; these are UUIDs, so it says nothing else."""
    listed = ",".join(f"'{viewer}'" for viewer in viewers)
    return f"user_id IN ({listed})"
