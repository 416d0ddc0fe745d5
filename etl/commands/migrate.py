"""Bring the tables up to date."""

import argparse

import httpx
from aiochclient import ChClient, ChClientError

from client_gaps import http_client
from etl import migrations
from etl.commands import DONE, fail, say
from etl.settings import Settings


async def command(settings: Settings, _: argparse.Namespace) -> int:
    async with http_client(300) as http:
        client = ChClient(
            http,
            url=settings.clickhouse_nodes[0],
            user=settings.clickhouse_user,
            password=settings.clickhouse_password,
        )
        try:
            applied = await migrations.migrate(client, settings.clickhouse_cluster or None)
        except (ChClientError, migrations.ChangedMigration, httpx.TransportError) as error:
            return fail(f"migration failed at {settings.clickhouse_nodes[0]}: {error}")
    say(f"migrations applied: {', '.join(applied) or 'none, all were there'}")
    return DONE
