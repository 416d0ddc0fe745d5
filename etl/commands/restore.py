"""Bring the database back as a backup has it, in place of one that a person dropped.

It fills no table that has rows. Stop the workers first; afterwards `migrate`, start them, and
`rewind` to the time that `backup` printed: Kafka has what came since. Needs the migrator's rights;
once asked for, the servers go on even if this command is interrupted.
"""

import argparse

from etl.backup import CopyingFailed, restore_statement
from etl.commands import DONE, fail, say
from etl.commands.copies import a_name, watched
from etl.settings import Settings
from telemetry.screen import number


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", type=a_name, metavar="NAME")


async def command(settings: Settings, chosen: argparse.Namespace) -> int:
    statement = restore_statement(chosen.name, settings.clickhouse_cluster or None)
    try:
        made = await watched(settings, statement)
    except CopyingFailed as error:
        return fail(f"{chosen.name} is not restored: {error}")
    say(
        f"backup {chosen.name} is restored: {number(made.files)} files, {number(made.size)} bytes, "
        f"id {made.id}\n"
        "what came since it was made: python -m etl rewind --to the time that it printed"
    )
    return DONE
