"""Waiting for inserts that know the tables and views as they were when they began."""

import asyncio
import logging
import time

from etl.sql import Sql

log = logging.getLogger(__name__)

_POLL_S = 0.1
_SAYS_AFTER_S = 5.0


async def older_inserts_done(sql: Sql, cluster: str | None) -> None:
    """Older than this call, on one node or on all of a named cluster. Into whatever table: a name
    is written in too many ways to look for it in the text of a query."""
    processes = "system.processes"
    if cluster:
        processes = f"clusterAllReplicas('{cluster}', {processes})"
    called, told = time.monotonic(), False
    while True:
        # Reckoned before the server reckons: an insert that began just after counts as older.
        age = time.monotonic() - called
        older = await sql.ask(
            f"SELECT query_id FROM {processes} "  # noqa: S608 - a name of ours
            "WHERE query_kind = 'Insert' AND elapsed >= {age:Float64}",
            param_age=str(age),
        )
        if not older:
            return
        if age > _SAYS_AFTER_S and not told:
            told = True
            log.warning("waiting for inserts that began before: %s", ", ".join(older.split()))
        await asyncio.sleep(_POLL_S)
