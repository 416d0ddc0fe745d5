"""Waiting for inserts that know the tables and views as they were when they began."""

import asyncio
import time

from etl.sql import Sql

_POLL_S = 0.1


async def older_inserts_done(sql: Sql, cluster: str | None) -> None:
    """Older than this call, on one node or on all of a named cluster."""
    processes = f"clusterAllReplicas('{cluster}', system.processes)" if cluster else ""
    called = time.monotonic()
    while True:
        # Reckoned before the server reckons: an insert that began just after counts as older.
        age = time.monotonic() - called
        older = await sql.ask(
            f"SELECT 1 FROM {processes or 'system.processes'} "  # noqa: S608 - a name of ours
            "WHERE query_kind = 'Insert' AND elapsed >= {age:Float64} "
            "AND position(query, 'movies.') > 0 LIMIT 1",
            param_age=str(age),
        )
        if not older:
            return
        await asyncio.sleep(_POLL_S)
