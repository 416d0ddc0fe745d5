"""The rows that stand in ClickHouse under given identities.

`views` is ordered by identity, and one granule of it holds thousands of rows. So identities are
asked for in the table's own order, many at once: each question then reads a narrow part of it.
"""

import asyncio
from base64 import b64encode
from collections.abc import Collection, Mapping, Sequence
from struct import Struct

import httpx

from etl.audit.claim import Claim
from etl.audit.finding import Row
from etl.nodes import Nodes
from etl.settings import Settings
from etl.warehouse import raise_for

AT_ONCE = 10_000
"""Identities of one question: 650 kB of its text."""

# 48 bytes are 64 letters of base64. RowBinary is what a Claim is made of.
_QUESTION = """
SELECT user_id, film_id, event_id, progress, total, event_time, received_at
FROM movies.views {which} (user_id, film_id, event_id) IN (
    SELECT
        reinterpretAsUUID(substring(identity, 1, 16)),
        reinterpretAsUUID(substring(identity, 17, 16)),
        reinterpretAsUUID(substring(identity, 33, 16))
    FROM (SELECT base64Decode(arrayJoin(splitByChar(',', $${identities}$$))) AS identity)
)
FORMAT RowBinary
"""
_FINAL = "FINAL WHERE"
_IN_MONTHS = "WHERE toYYYYMM(event_time) BETWEEN {} AND {} AND"
_SETTINGS = {
    "wait_end_of_query": 1,
    "final": 0,  # the question says it where it wants it
    "max_query_size": 2_000_000,
    "max_execution_time": 60,
}
_ROW = Struct("<48s16sq")


class Rows:
    """Read over `http` from one of the nodes; after a failure from the next.

    `lightly`: only in the months that the claims name, and not by FINAL, under which ClickHouse
    would read all months. A claim's own row, or the one it was folded into, is among them; what is
    not seen is an earlier one in another month, so a conflict may count as stored.
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        settings: Settings,
        at_once: int = AT_ONCE,
        lightly: bool = False,
    ) -> None:
        self._http = http
        self._nodes = Nodes(settings.clickhouse_nodes)
        self._headers = {
            "X-ClickHouse-User": settings.clickhouse_user,
            "X-ClickHouse-Key": settings.clickhouse_password,
        }
        self._at_once = at_once
        self._lightly = lightly

    async def standing(self, claims: Collection[Claim]) -> Mapping[bytes, Row]:
        """By identity; those without a row are missing. Raises WarehouseError and
        httpx.TransportError."""
        if not claims:
            return {}
        # In a thread, as whoever has a loop to share should not wait for all of it.
        ordered, which = await asyncio.to_thread(self._planned, claims)
        found: dict[bytes, Row] = {}
        for at in range(0, len(ordered), self._at_once):
            identities = b",".join(map(b64encode, ordered[at : at + self._at_once])).decode()
            body = await self._ask(_QUESTION.format(which=which, identities=identities))
            for identity, content, received_at in _ROW.iter_unpack(body):
                known = found.get(identity)
                if known is None or received_at < known.received_at:
                    found[identity] = Row(content, received_at)
        return found

    def _planned(self, claims: Collection[Claim]) -> tuple[Sequence[bytes], str]:
        """Identities in the order of the table, and of which rows."""
        ordered = sorted({claim.identity for claim in claims}, key=_in_table)
        if not self._lightly:
            return ordered, _FINAL
        months = [claim.month for claim in claims]
        return ordered, _IN_MONTHS.format(min(months), max(months))

    async def _ask(self, question: str) -> bytes:
        with self._nodes.turn() as node:
            answer = await self._http.post(
                node, params=_SETTINGS, headers=self._headers, content=question
            )
            raise_for(answer)
        return answer.content


def _in_table(identity: bytes) -> bytes:
    """ClickHouse compares a UUID's second half first; each half has its last byte first here."""
    return identity[15:7:-1] + identity[7::-1]
