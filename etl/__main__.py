"""`python -m etl run|topics|migrate|status`: settings -> telemetry -> build -> run."""

import argparse
import asyncio
import logging
import os
import signal
import sys

import httpx
import uvloop
from aiochclient import ChClient, ChClientError
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from configuration import InvalidSettings, load
from etl import migrations, topics
from etl.dead_letters import DeadLetters
from etl.exits import MissingTopic
from etl.feed import Feed, FeedPolicy, member
from etl.metrics import Metrics
from etl.settings import Settings
from etl.status import status, table
from etl.warehouse import Warehouse
from etl.worker import Worker
from telemetry import exposition, logs

log = logging.getLogger("etl")


async def run(settings: Settings) -> int:
    """Until SIGTERM or SIGINT (0), or an error that must not be passed over (1)."""
    metrics = Metrics()
    policy = FeedPolicy(
        session_s=settings.session_ms / 1000, poll_interval_s=settings.poll_interval_ms / 1000
    )
    consumer = member(settings.brokers, settings.group, settings.instance or None, policy)
    feed = Feed(consumer, settings.topic, metrics)
    dead_letters = DeadLetters(settings.brokers, settings.dead_letter_topic)
    async with httpx.AsyncClient(
        timeout=settings.insert_timeout_ms / 1000, trust_env=False
    ) as http:
        warehouse = Warehouse(
            http,
            settings.clickhouse_nodes,
            settings.target_table,
            settings.clickhouse_user,
            settings.clickhouse_password,
        )
        worker = Worker(feed, warehouse, dead_letters, metrics)
        try:
            exposition.serve(
                settings.host,
                settings.metrics_port,
                metrics.declarations.registry,
                missing=lambda: [] if feed.in_group else ["partitions"],
            )
            log.info("worker starts", extra={"topic": settings.topic, "group": settings.group})
            await worker.connect()  # a signal just ends the process: nothing is in hand yet
            for number in (signal.SIGTERM, signal.SIGINT):
                asyncio.get_running_loop().add_signal_handler(number, worker.stop)
            await worker.run()
        except Exception as error:
            metrics.fatal.labels(type(error).__name__).inc()
            log.exception(
                "worker stopped: nothing was passed over",
                extra={"error": type(error).__name__, "detail": str(error)},
            )
            return 1
        finally:
            await worker.close()
    log.info("worker ended")
    return 0


async def make_topics(settings: Settings) -> int:
    """Create the topics, or say how the present ones differ from what the promise needs."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.brokers)
    await admin.start()
    try:
        created = await topics.ensure(admin, topics.wanted(settings))
    except topics.TopicsDiffer as differences:
        return _fail(str(differences))
    finally:
        await admin.close()
    _say(f"topics created: {', '.join(created) or 'none, all are as they must be'}")
    return 0


async def migrate(settings: Settings) -> int:
    """Bring the tables up to date."""
    async with httpx.AsyncClient(timeout=300, trust_env=False) as http:
        client = ChClient(
            http,
            url=settings.clickhouse_nodes[0],
            user=settings.clickhouse_user,
            password=settings.clickhouse_password,
        )
        try:
            applied = await migrations.migrate(client, settings.clickhouse_cluster or None)
        except (ChClientError, migrations.ChangedMigration, httpx.TransportError) as error:
            return _fail(f"migration failed at {settings.clickhouse_nodes[0]}: {error}")
    _say(f"migrations applied: {', '.join(applied) or 'none, all were there'}")
    return 0


async def show_status(settings: Settings) -> int:
    """Print the group's position in each partition."""
    _say(table(await status(settings.brokers, settings.topic, settings.group)))
    return 0


COMMANDS = {"run": run, "topics": make_topics, "migrate": migrate, "status": show_status}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m etl")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, command in COMMANDS.items():
        one = commands.add_parser(name, help=command.__doc__)
        one.add_argument("--check", action="store_true", help="validate the settings and exit")
    arguments = parser.parse_args()
    try:
        settings = load(Settings, os.environ)
    except InvalidSettings as error:
        return _fail(f"settings: {error}")
    if arguments.check:
        return 0
    if arguments.command == "run":
        logs.configure("etl", settings.log_level)
    else:
        logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # the command says it itself
    try:
        return uvloop.run(COMMANDS[arguments.command](settings))
    except MissingTopic as error:
        return _fail(str(error))
    except KafkaError as error:
        return _fail(f"Kafka at {settings.brokers}: {error!r}")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


def _fail(text: str) -> int:
    sys.stderr.write(text + "\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
