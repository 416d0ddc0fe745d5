"""The programs in plain/ as children. What "plain" means stands in each; no program follows the
product, so that what a later version costs is held against the same yardstick. The tables are the
product's: with migration 0006 the reader's question for a position became one to `positions`, so
there the yardstick moved with the product."""

import sys
from functools import partial
from pathlib import Path

from embedded import probes, token
from embedded.child import Child, Recipe
from embedded.credentials import Credentials
from embedded.settings import Settings

PROGRAMS = Path(__file__).parent / "plain"


def plain(name: str, settings: Settings, port: int, *more: str, ready: str = "/healthz") -> Child:
    """`name`.py, which serves on `port`; brokers, ClickHouse and secret are the stack's."""
    return Child(
        Recipe(
            name=f"plain {name}",
            command=(sys.executable, str(PROGRAMS / f"{name}.py"), str(port), *more),
            environment={
                **settings.environ,
                "KAFKA_BOOTSTRAP_SERVERS": settings.kafka_bootstrap,
                "CH_URL": settings.clickhouse_url,
                token.SECRET: Credentials.load_or_make(settings.data_dir).jwt_secret,
            },
            probe=partial(probes.http, port, ready),
        )
    )
