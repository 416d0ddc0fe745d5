"""Bring the topic's events into ClickHouse, until SIGTERM or SIGINT.

Exit code 0 then, or 1 after an error that must not be passed over; 5 when it must not even be
started again before somebody has looked. With --hold it then stays instead, not ready, its metrics
readable, until the signal: for whatever starts again all that ends.
"""

import argparse
import asyncio
import logging
import signal

from client_gaps import http_client
from configuration.collector import collecting, spare_the_collector
from etl.audit.rows import Rows
from etl.audit.watch import AT_ONCE, Watch, watching
from etl.commands import DONE, FAILED, NEEDS_A_PERSON
from etl.dead_letter_limit import DeadLetterLimit
from etl.dead_letters import DeadLetters
from etl.exits import LostPosition, TooManyDeadLetters, explain
from etl.feed import Feed, FeedPolicy, member
from etl.metrics import Metrics
from etl.settings import Settings
from etl.warehouse import Warehouse
from etl.worker import Worker
from telemetry import exposition, logs
from ugc_events import NewerContract

log = logging.getLogger("etl")

_FOR_A_PERSON = (LostPosition, NewerContract, TooManyDeadLetters)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--hold", action="store_true", help="stay where it would end with 5")


async def command(settings: Settings, chosen: argparse.Namespace) -> int:
    logs.configure("etl", settings.log_level)
    spare_the_collector()
    code = await _work(settings)
    if code == NEEDS_A_PERSON and chosen.hold:
        log.error("held: somebody has to look first, and then to stop or restart this process")
        await _told_to_end()
    return code


async def _told_to_end() -> None:
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    await told.wait()


async def _work(settings: Settings) -> int:
    metrics = Metrics()
    policy = FeedPolicy(
        session_s=settings.session_ms / 1000, poll_interval_s=settings.poll_interval_ms / 1000
    )
    consumer = member(settings.brokers, settings.group, settings.instance or None, policy)
    feed = Feed(consumer, settings.topic, metrics)
    dead_letters = DeadLetters(settings.brokers, settings.dead_letter_topic)
    async with http_client(settings.insert_timeout_ms / 1000) as http:
        warehouse = Warehouse.of(settings, http)
        limit = DeadLetterLimit(settings.dead_letter_limit)
        worker = Worker(feed, warehouse, dead_letters, metrics, limit)
        rows = Rows(http, settings, AT_ONCE, lightly=True)
        watch = Watch(settings, rows, metrics, held=consumer.assignment)
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
            async with collecting(), watching(watch):
                await worker.run()
        except Exception as error:
            metrics.fatal.labels(type(error).__name__).inc()
            log.exception(
                "worker stopped: nothing was passed over",
                extra={"error": type(error).__name__, "detail": explain(error)},
            )
            return NEEDS_A_PERSON if isinstance(error, _FOR_A_PERSON) else FAILED
        finally:
            await worker.close()
    log.info("worker ended")
    return DONE
