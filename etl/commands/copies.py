"""What `backup` and `restore` have in common: the name of a copy, and watching it being made."""

import argparse
import re
import sys
from collections.abc import AsyncIterator

from client_gaps import http_client
from etl.backup import Copying, copy
from etl.settings import Settings
from etl.sql import Sql
from telemetry.screen import Screen, number

_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")
_ANSWER_WITHIN_S = 60  # it is only begun by then


def a_name(text: str) -> str:
    """As the `type` of an argument: one that names a folder and nothing else."""
    if not _NAME.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not made of A-Z a-z 0-9 . _ - alone")
    return text


async def watched(settings: Settings, statement: str) -> Copying:
    """The end of it; progress goes to stderr. Raises what `copy` does."""
    screen = Screen(sys.stderr)
    async with http_client(_ANSWER_WITHIN_S) as http:
        cluster = settings.clickhouse_cluster or None
        copies: AsyncIterator[Copying] = copy(Sql(http, settings), statement, cluster)
        async for now in copies:
            share = now.files_read / now.files if now.files else 0.0
            screen.progress(1.0 if now.done else min(share, 0.99), _told(now))
    return now


def _told(now: Copying) -> str:
    return f"{now.status}: {number(now.files)} files, {number(now.size / 1e6)} MB"
