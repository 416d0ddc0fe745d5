"""Copy the database to the disk `backups` of ClickHouse, while everything runs.

NAME is a new folder there. What it prints at the end is how to make a restored copy whole. Needs
the migrator's rights; once asked for, the servers go on even if this command is interrupted.
"""

import argparse
from datetime import datetime, timedelta

from etl.backup import CopyingFailed, backup_statement
from etl.commands import DONE, fail, say
from etl.commands.copies import a_name, watched
from etl.settings import Settings
from telemetry.screen import number

_IN_HAND = timedelta(hours=1)
"""What the workers had read and not stored when it began came in before; by far not so long ago,
unless they lagged."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", type=a_name, metavar="NAME")


async def command(settings: Settings, chosen: argparse.Namespace) -> int:
    statement = backup_statement(chosen.name, settings.clickhouse_cluster or None)
    try:
        made = await watched(settings, statement)
    except CopyingFailed as error:
        return fail(f"no backup {chosen.name}: {error}")
    since = datetime.fromisoformat(made.started) - _IN_HAND
    say(
        f"backup {chosen.name} is made: {number(made.files)} files, {number(made.size)} bytes, "
        f"begun {made.started}, id {made.id}\n"
        f"after a restore: python -m etl rewind --to {since:%Y-%m-%dT%H:%M:%SZ}"
    )
    return DONE
