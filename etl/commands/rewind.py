"""Read events of the topic again into the same tables, while the service runs.

Nothing changes for whoever reads, but that what was missing is there. With --group it reads
nothing: it moves the workers' own position back, for when that is outside the log, and they must
not run meanwhile. Exit code 3 then: records had expired before they were passed.
"""

import argparse
import sys
from collections.abc import Sequence
from datetime import datetime

from client_gaps import http_client
from etl.commands import DIFFERS, DONE, fail, say
from etl.commands.times import a_moment
from etl.history import History, Span, history
from etl.metrics import Metrics
from etl.persistence import Persistence
from etl.position import GroupAtWork, backwards, move
from etl.rewind import rewind
from etl.settings import Settings
from etl.storage import Storage
from etl.warehouse import Warehouse
from telemetry.screen import Screen, number
from ugc_events import NewerContract


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--to",
        type=_place,
        required=True,
        metavar="TIME",
        help="when the first event came in: 2026-11-23T18:30:00Z, 2h, 7d, or `earliest`",
    )
    parser.add_argument("--group", action="store_true", help="move the workers' position instead")


def _place(text: str) -> datetime | None:
    return None if text == "earliest" else a_moment(text)


async def command(settings: Settings, chosen: argparse.Namespace) -> int:
    async with history(settings.brokers) as past:
        spans = await past.spans(settings.topic, since=chosen.to)
        if chosen.group:
            return await _move_group(settings, past, spans)
        return await _read_again(settings, past, spans)


async def _read_again(settings: Settings, past: History, spans: Sequence[Span]) -> int:
    screen, metrics = Screen(sys.stderr), Metrics()
    total = sum(span.length for span in spans)
    async with http_client(settings.insert_timeout_ms / 1000) as http:
        storage = Storage(Warehouse.of(settings, http), metrics, Persistence(metrics))
        try:
            async for rewound in rewind(past, spans, storage):
                screen.progress(
                    rewound.read / total if total else 1.0,
                    f"{number(rewound.read)} of {number(total)} records",
                )
        except NewerContract as newer:
            return fail(f"{newer}: deploy the reader first; what came before it is stored again")
    say(f"{number(rewound.stored)} events stored again")
    for reason, times in rewound.unreadable.most_common():
        say(f"{number(times)} unreadable ({reason}): see `python -m etl dead-letters list`")
    return DONE


async def _move_group(settings: Settings, past: History, spans: Sequence[Span]) -> int:
    before = await past.committed(settings.topic, settings.group)
    whole = {span.partition: span for span in await past.spans(settings.topic)}
    spans = [backwards(span, whole[span.partition], before.get(span.partition)) for span in spans]
    try:
        await move(
            settings.brokers,
            settings.group,
            spans,
            {partition: one.metadata for partition, one in before.items()},
        )
    except GroupAtWork as error:
        return fail(str(error))
    expired = 0
    for span in spans:
        known = before.get(span.partition)
        was = "never" if known is None else str(known.offset)
        say(f"partition {span.partition.partition}: from {was} to {span.begin}")
        if known is not None and known.offset < whole[span.partition].begin:
            expired += span.begin - known.offset
    if expired:
        say(f"{number(expired)} records expired before they were passed: they are lost")
    return DIFFERS if expired else DONE
