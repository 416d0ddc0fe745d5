"""The whole way from a POST to a row on a broker that asks everybody who they are."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from embedded import children
from tests.integration.kafka_security.broker import SecuredBroker
from tests.stack import place


@pytest.fixture(scope="session")
async def broker(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SecuredBroker]:
    """With API and worker, each as a user of its own with the rights of kafka/acls alone."""
    folder = tmp_path_factory.mktemp("secured")
    with place(folder / "data") as settings:
        made = SecuredBroker(settings, folder)
        topics, migrate = children.topics(made.service("etl")), children.migrate(settings)
        clickhouse = children.clickhouse(settings)
        api, worker = children.api(made.service("api")), children.etl(made.service("etl"))
        try:
            await asyncio.gather(made.child.start(), clickhouse.start())
            await made.child.ready()
            given, _ = await asyncio.gather(made.give_rights(), clickhouse.ready())
            assert given[0] == 0, given[1]
            for group in [topics, migrate], [api, worker]:
                await asyncio.gather(*(child.start() for child in group))
                await asyncio.gather(*(child.ready() for child in group))
            yield made
        finally:
            every = made.child, clickhouse, topics, migrate, api, worker
            await asyncio.gather(*(child.kill() for child in every))
