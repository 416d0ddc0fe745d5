"""The audit in small, beside the worker: what was just passed is looked for in ClickHouse.

Every few minutes a round over what this worker's partitions passed since the last one, or over a
sample of it. What is missing is looked for in each round until it is there or has expired, so the
gauge falls when it was put back. A round that fails is made up for by the next, nothing here stops
the worker; a restart forgets what was missing, `python -m etl audit` finds it again.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from math import inf
from random import Random

import httpx
from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from etl.audit.audit import Audit, look_again_after
from etl.audit.burials import burials
from etl.audit.chunks import READ_AT_ONCE, ChunkPolicy, chunks
from etl.audit.entry import Entry
from etl.audit.finding import Finding
from etl.audit.rows import Rows
from etl.audit.sample import sample
from etl.exits import MissingTopic, WarehouseError
from etl.history import History, Span, history
from etl.metrics import Metrics
from etl.settings import Settings

log = logging.getLogger(__name__)

AT_MOST = 20_000
"""Records a round, with those still missing: more of these than that need no counting. Of a
partition that is new to this worker, the last so many that were passed: its last owner may have
died before it looked for them."""

AT_ONCE = 2000
"""Identities of one question: while this process writes it, its worker waits."""
_CHUNK = ChunkPolicy(max_records=AT_MOST, max_bytes=8 * 1024 * 1024)
_FIRST_AFTER_S = 10.0
_CLOCKS = timedelta(minutes=1)
"""How far the clocks of two brokers, or ours and theirs, may be apart."""
_NAMED = 20
_END_WITHIN_S = 5.0


class Watch:
    """`held` tells this worker's partitions."""

    def __init__(
        self,
        settings: Settings,
        rows: Rows,
        metrics: Metrics,
        held: Callable[[], Collection[TopicPartition]],
        random: Random | None = None,
    ) -> None:
        self._settings = settings
        self._rows = rows
        self._metrics = metrics
        self._held = held
        self._random = random or Random()  # noqa: S311 - a sample, no secret
        self._looked_at: Mapping[TopicPartition, int] = {}
        self._missing: Sequence[Entry] = ()

    async def run(self) -> None:
        """Until cancelled."""
        pause = min(_FIRST_AFTER_S, self._settings.audit_every_s)
        while self._settings.audit_every_s:
            await asyncio.sleep(pause)
            pause = self._settings.audit_every_s
            try:
                await self.round()
            except (KafkaError, MissingTopic, WarehouseError, httpx.HTTPError) as error:
                # Not its text: ClickHouse may quote identities.
                code = error.code if isinstance(error, WarehouseError) else None
                log.warning(
                    "passed events not looked for, the next round makes up for it",
                    extra={"error": type(error).__name__, "code": code},
                )
            except Exception:
                log.exception("passed events not looked for")

    async def round(self) -> None:
        """Raises KafkaError, MissingTopic, WarehouseError and httpx.TransportError; then nothing
        counts as looked at."""
        async with history(self._settings.brokers) as past:
            spans, left = await self._passed(past)
            known = [e for e in self._missing if e.record.offset >= left.get(_partition(e), inf)]
            # A record is buried after it was appended, and however long before it is passed.
            since = await _oldest(past, spans, known) - _CLOCKS
            letters = partial(
                burials, self._settings.brokers, self._settings.dead_letter_topic, since
            )
            audit = Audit(self._rows, letters, look_again_after(self._settings))
            # No purge explains why these have no letter: they were missing before it.
            still = await _among(audit, known, Finding.MISSING, Finding.PURGED)
            # A partition that left and came back may begin before these.
            told, looked_at = {entry.place for entry in still}, 0
            new: list[Entry] = []
            pieces = sample(spans, AT_MOST - len(still), self._random)
            async for chunk in chunks(_one_by_one(past, pieces), _CHUNK):
                missing = await _among(audit, chunk, Finding.MISSING)
                new += [entry for entry in missing if entry.place not in told]
                looked_at += len(chunk)
        self._missing = [*still, *(entry.without_value() for entry in new)]
        self._looked_at = {span.partition: span.end for span in spans}
        self._tell(looked_at, new, back=len(known) - len(still))

    async def _passed(self, past: History) -> tuple[Sequence[Span], Mapping[TopicPartition, int]]:
        """What was passed since the last round, by partition of ours; and where each partition of
        the topic begins now."""
        topic = self._settings.topic
        committed = await past.committed(topic, self._settings.group)
        whole = await past.spans(topic)
        left = {span.partition: span.begin for span in whole}
        ours, spans = set(self._held()) & set(committed), []
        for one in whole:
            if one.partition in ours:
                end = min(committed[one.partition].offset, one.end)
                begin = max(self._looked_at.get(one.partition, end - AT_MOST), one.begin)
                spans.append(Span(one.partition, min(begin, end), end))
        return spans, left

    def _tell(self, looked_at: int, new: Sequence[Entry], back: int) -> None:
        self._metrics.audited.inc(looked_at)
        self._metrics.missing.set(len(self._missing))
        self._metrics.last_audit.set_to_current_time()
        if new:
            log.error(
                "events are missing in ClickHouse: run `python -m etl audit --repair`",
                extra={
                    "missing": len(new),
                    "partitions": sorted({entry.record.partition for entry in new}),
                    "places": [entry.place for entry in new[:_NAMED]],
                },
            )
        if back:
            log.info("missing events are there again", extra={"events": back})


@asynccontextmanager
async def watching(watch: Watch) -> AsyncIterator[None]:
    """Its rounds go on while the context lasts."""
    task = asyncio.create_task(watch.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task}, timeout=_END_WITHIN_S)


async def _one_by_one(
    past: History, pieces: Sequence[Span]
) -> AsyncIterator[Sequence[ConsumerRecord]]:
    """Of one partition there may be many."""
    for piece in pieces:
        async for records in past.read([piece], at_most=READ_AT_ONCE):
            yield records


async def _among(audit: Audit, entries: Sequence[Entry], *which: Finding) -> Sequence[Entry]:
    """Those of `entries` of which this was found."""
    judged = zip(entries, await audit.findings(entries), strict=True)
    return [entry for entry, finding in judged if finding in which]


async def _oldest(past: History, spans: Sequence[Span], known: Sequence[Entry]) -> datetime:
    """When the first of all these records was appended, by the broker's clock."""
    times = [datetime.now(UTC).timestamp() * 1000, *(entry.record.timestamp for entry in known)]
    firsts = [Span(one.partition, one.begin, one.begin + 1) for one in spans if one.length]
    times += [records[0].timestamp async for records in past.read(firsts)]
    return datetime.fromtimestamp(max(0.0, min(times)) / 1000, UTC)


def _partition(entry: Entry) -> TopicPartition:
    return TopicPartition(entry.record.topic, entry.record.partition)
