"""Make a derived table anew from `views`, while the service runs.

For when it differs from the events: after rows were deleted by hand, or a client sent other
content under a known identity. What is older than `views` keeps its events stays as it is. Needs
the migrator's rights; one at a time, and not while `migrate` runs.
"""

import argparse
import sys

from client_gaps import http_client
from etl.cluster import HostsFailed
from etl.commands import DONE, fail, say
from etl.rebuild import TABLES, AnotherRebuild, UnknownView, rebuild
from etl.settings import Settings
from etl.sql import Sql
from telemetry.screen import Screen, number

_FILLING_WITHIN_S = 24 * 60 * 60


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("table", choices=TABLES)


async def command(settings: Settings, chosen: argparse.Namespace) -> int:
    screen = Screen(sys.stderr)
    async with http_client(_FILLING_WITHIN_S) as http:
        sql = Sql(http, settings)
        try:
            async for filling in rebuild(sql, chosen.table, settings.clickhouse_cluster or None):
                screen.progress(
                    filling.read / filling.total if filling.total else 0.0,
                    f"{number(filling.read)} of {number(filling.total)} events read",
                )
        except (UnknownView, AnotherRebuild, HostsFailed) as error:
            return fail(str(error))
    say(f"movies.{chosen.table} is made anew from movies.views")
    return DONE
