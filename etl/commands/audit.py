"""Hold what the topic holds against ClickHouse and the dead letters, event by event.

It reads the topic again, up to where the workers are, and looks for each record: by identity among
the rows of `movies.views`, by its place among the dead letters. Exit code 0: all are there; 3:
something is missing, or expired before it was passed; 4: only conflicts, other content under an
identity that stands already, which no repair changes; 1: it could not look. With --repair the code
says how it is afterwards.

repeated: delivered again, and stored as another delivery. purged: unreadable, and as old as letters
that were deleted. conflict: other content stands under its identity. not yet passed: the workers
have it still before them.
"""

import argparse
import sys
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial

import orjson

from client_gaps import http_client
from etl.audit.audit import Audit, look_again_after
from etl.audit.burials import burials
from etl.audit.finding import DIFFERENCES, Finding
from etl.audit.inspection import Inspection, Judged
from etl.audit.passed import passed
from etl.audit.repair import Repair
from etl.audit.rows import Rows
from etl.audit.tally import TITLES, Tally
from etl.commands import DIFFERS, DONE, fail, say
from etl.commands.times import a_moment
from etl.dead_letters import DeadLetters
from etl.history import history
from etl.metrics import Metrics
from etl.persistence import Persistence
from etl.settings import Settings
from etl.storage import Storage
from etl.warehouse import Warehouse
from telemetry.screen import Screen, columns, number
from ugc_events import NewerContract

CONFLICTS = 4
_CLOCKS = timedelta(minutes=1)
"""How far the clocks of two brokers may be apart: a letter lies on another one than its record."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--since",
        type=a_moment,
        metavar="TIME",
        help="only events that came in since then: 2026-11-23T18:30:00Z, 1h, 7d",
    )
    parser.add_argument("--repair", action="store_true", help="put back what is missing")
    parser.add_argument(
        "--json", action="store_true", help="instead of the table each difference as a JSON line"
    )


async def command(settings: Settings, chosen: argparse.Namespace) -> int:
    async with history(settings.brokers) as past, _inspection(settings, chosen) as inspection:
        part = await passed(past, settings.topic, settings.group, chosen.since)
        tally, screen = Tally(part), Screen(sys.stderr)
        total = sum(span.length for span in part.spans)
        try:
            async for judged in inspection.walk(past, part.spans):
                tally.take(judged)
                if chosen.json:
                    _print_lines(judged)
                screen.progress(
                    min(1.0, tally.records / total),
                    f"{number(tally.records)} of {number(total)} records",
                )
        except NewerContract as newer:
            return fail(f"{newer}: what is missing can only be put back by a newer program")
    if not chosen.json:
        _print_table(tally)
    if not tally.records and (waiting := sum(part.before_workers.values())):
        return fail(f"nothing to look at: {settings.group} has passed none of {number(waiting)}")
    if tally.still_missing or part.expired:
        return DIFFERS
    return CONFLICTS if tally.total(Finding.CONFLICT) else DONE


@asynccontextmanager
async def _inspection(settings: Settings, chosen: argparse.Namespace) -> AsyncIterator[Inspection]:
    metrics = Metrics()
    persistence = Persistence(metrics)
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(http_client(settings.insert_timeout_ms / 1000))
        repair = None
        if chosen.repair:
            letters = DeadLetters(settings.brokers, settings.dead_letter_topic)
            stack.push_async_callback(letters.close)
            await letters.connect()
            storage = Storage(Warehouse.of(settings, http), metrics, persistence)
            repair = Repair(storage, letters, persistence)
        audit = Audit(
            Rows(http, settings),
            partial(
                burials,
                settings.brokers,
                settings.dead_letter_topic,
                chosen.since and chosen.since - _CLOCKS,
            ),
            look_again_after(settings),
        )
        yield Inspection(audit, repair, persistence)


def _print_table(tally: Tally) -> None:
    rows = tally.rows()
    sums = [sum(column) for column in zip(*rows, strict=True)][1:]
    cells = [("all", *map(number, sums))]
    cells = [(str(name), *map(number, counts)) for name, *counts in rows] + cells
    say("\n".join(columns([TITLES, *cells])))
    for partition, records in tally.part.expired.items():
        say(f"partition {partition}: {number(records)} records expired before they were passed")
    if tally.first:
        say("")
        say("\n".join(columns([_described(one) for one in tally.first])))
    more = tally.total(Finding.MISSING) + tally.total(Finding.CONFLICT) - len(tally.first)
    if more:
        say(f"and {number(more)} more, see --json")
    if tally.put_back:
        say(f"{number(tally.put_back)} put back")
    if tally.still_missing:
        say(f"{number(tally.still_missing)} missing: put them back with --repair")


def _described(one: Judged) -> Sequence[str]:
    claim = one.entry.claim
    said = "unreadable" if claim is None else f"event {claim.event_id}"
    return (one.finding.value, one.entry.place, said, "put back" if one.put_back else "")


def _print_lines(judged: Iterable[Judged]) -> None:
    for one in judged:
        if one.finding in DIFFERENCES:
            claim = one.entry.claim
            line = {
                "finding": one.finding.value,
                "partition": one.entry.record.partition,
                "offset": one.entry.record.offset,
                "event_id": None if claim is None else str(claim.event_id),
                "put_back": one.put_back,
            }
            say(orjson.dumps(line).decode())
