"""Show where the group stands in each partition."""

import argparse

from etl.commands import DONE, say
from etl.history import history
from etl.settings import Settings
from telemetry.screen import columns

_TITLES = ("partition", "earliest", "latest", "committed", "lag", "newest event")


async def command(settings: Settings, _: argparse.Namespace) -> int:
    async with history(settings.brokers) as past:
        committed = await past.committed(settings.topic, settings.group)
        spans = await past.spans(settings.topic)
    rows = [_TITLES]
    for span in spans:
        passed = committed.get(span.partition)
        position = span.begin if passed is None else passed.offset
        rows.append(
            (
                str(span.partition.partition),
                str(span.begin),
                str(span.end),
                "never" if passed is None else str(position),
                str(max(0, span.end - position)),
                (passed.metadata if passed is not None else "") or "-",
            )
        )
    say("\n".join(columns(rows)))
    return DONE
