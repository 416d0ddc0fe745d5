"""Bring the tables up to date, on every host of the cluster.

It waits some minutes for hosts that are not up yet. What broke off is run again; two at once are
harmless. A host that lost its disk gets its tables back by --again.
"""

import argparse
import asyncio
import sys
import time

import httpx

from client_gaps import http_client
from etl.cluster import Cluster, HostsFailed
from etl.commands import DONE, fail, say
from etl.exits import WarehouseAway, WarehouseError
from etl.migrations import ChangedMigration, migrate
from etl.settings import Settings
from etl.sql import Sql
from telemetry.screen import Screen

_UP_WITHIN_S = 300.0
_LOOK_EVERY_S = 1.0
_FILLING_WITHIN_S = 24 * 60 * 60
"""A file may copy a table."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--again", action="store_true", help="what was applied already, too")


async def command(settings: Settings, chosen: argparse.Namespace) -> int:
    cluster = settings.clickhouse_cluster or None
    async with http_client(_FILLING_WITHIN_S) as http:
        sql = Sql(http, settings)
        try:
            await _until_up(sql, cluster)
            applied = await migrate(sql, cluster, again=chosen.again)
        except (WarehouseError, HostsFailed, ChangedMigration, httpx.TransportError) as error:
            return fail(f"migration failed: {str(error) or type(error).__name__}")
    say(f"migrations applied: {', '.join(applied) or 'none, all were there'}")
    return DONE


async def _until_up(sql: Sql, cluster: str | None) -> None:
    """Raises what the last look met, when it takes too long."""
    screen, began = Screen(sys.stderr), time.monotonic()
    while True:
        try:
            await (Cluster(sql, cluster).answers() if cluster else sql.ask("SELECT 1"))
        except (WarehouseAway, httpx.TransportError) as away:
            waited = time.monotonic() - began
            if waited > _UP_WITHIN_S:
                raise
            text = str(away).splitlines()[0][:200] if str(away) else type(away).__name__
            screen.progress(waited / _UP_WITHIN_S, f"waiting for ClickHouse: {text}")
        else:
            return
        await asyncio.sleep(_LOOK_EVERY_S)
