"""The crash windows of a worker: brought about by holding its messages, and proven by what is in
ClickHouse and what the group has passed.

| window                    | rows of the batch | its offsets |
|---------------------------|-------------------|-------------|
| before insert             | not stored        | not passed  |
| during insert             | not stored        | not passed  |
| between insert and commit | stored            | not passed  |
| after commit              | stored            | passed      |
"""

import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args
from uuid import UUID

from simulator.ledger import Identity
from tests.chaos.group import Group, group
from tests.chaos.ledger import Receipt
from tests.chaos.proxy.gates import Gate
from tests.chaos.proxy.messages import COMMIT, INSERT, Http, Kafka
from tests.chaos.proxy.proxy import Proxy
from tests.chaos.trial import Report, Trial, trial
from tests.chaos.wiring import behind

Window = Literal["before insert", "during insert", "between insert and commit", "after commit"]
WINDOWS: tuple[Window, ...] = get_args(Window)
STORED = frozenset(WINDOWS[2:])
PASSED = frozenset(WINDOWS[3:])

Batch = Mapping[Identity, Receipt]


@dataclass
class Windows:
    """`clickhouse` and `kafka` stand between the worker and its stores."""

    trial: Trial
    clickhouse: Proxy
    kafka: Proxy
    group: Group
    _held: Gate | None = field(default=None, init=False)

    async def reach(self, window: Window, unanswered: bool = False) -> str:
        """Hold the worker in this window; what proves it. Between insert and commit it is held
        on its commit, or, if `unanswered`, on the answer to its INSERT.

        Raises AssertionError, TimeoutError.
        """
        batch = await self.insert()
        insert = self.holding
        if window == "during insert":
            insert.let_through(len((await insert.holds()).data) // 2)
        elif window == "between insert and commit" and unanswered:
            await self._from(insert, self.clickhouse.gate(lambda m: m.answers_to(INSERT)))
        elif window != "before insert":
            commit = self.kafka.gate(lambda m: m.asks(COMMIT))
            await self._from(insert, commit)
            if window == "after commit":
                await self._from(commit, self.kafka.gate(lambda m: m.answers_to(COMMIT)))
        stored, passed = await self.stored(batch), await self.passed(batch)
        assert stored == (len(batch) if window in STORED else 0), (window, stored, len(batch))
        assert passed == (len(batch) if window in PASSED else 0), (window, passed, len(batch))
        of = len(batch)
        return f"{stored} of {of} rows stored, {passed} passed, {insert.sent} bytes sent"

    async def kill_in(self, window: Window, unanswered: bool = False) -> None:
        """The worker dies there, and comes back."""
        proof = await self.reach(window, unanswered)
        (worker,) = self.trial.stack.etl
        await self.trial.kill(worker, "etl", window, proof)
        self.let_go()
        await self.trial.revive(worker)
        await self.group.goes_on()

    async def insert(self) -> Batch:
        """Hold the next INSERT of something new; those of its events whose place in the topic is
        known, one at least."""
        since = time.monotonic()
        self._held = self.clickhouse.gate(
            lambda m: m.asks(INSERT) and bool(self._known(m.body, since))
        )
        return self._known((await self._held.holds()).body, since)

    @property
    def holding(self) -> Gate:
        assert self._held is not None, "nothing is held"
        return self._held

    def let_go(self) -> None:
        """The held message is lost with its connection."""
        self.holding.drop()
        self._held = None

    async def stored(self, batch: Batch) -> int:
        """How many of its events are in `views`."""
        keys = ",".join(f"('{user}','{film}','{event}')" for user, film, event in batch)
        return int(
            await self.trial.analyst.value(
                "SELECT uniqExact(user_id, film_id, event_id) FROM movies.views "
                f"WHERE (user_id, film_id, event_id) IN ({keys})"
            )
        )

    async def passed(self, batch: Batch) -> int:
        """How many of its events the group has passed."""
        offsets = await self.group.passed()
        return sum(offsets[one.partition] > one.offset for one in batch.values())

    async def _from(self, gate: Gate, to: Gate) -> None:
        gate.release()
        self._held = to
        await to.holds()

    def _known(self, body: bytes, since: float) -> Batch:
        receipts, found = self.trial.ledger.receipts, {}
        for line in body.splitlines():
            row = json.loads(line)
            identity = (UUID(row["user_id"]), UUID(row["film_id"]), UUID(row["event_id"]))
            receipt = receipts.get(identity)
            if receipt is not None and receipt.at > since:
                found[identity] = receipt
        return found


@asynccontextmanager
async def watched(
    name: str, seed: int, tmp_path: Path, report: Report, **environment: str
) -> AsyncIterator[Windows]:
    """A trial whose worker can be held in any of its windows."""
    async with (
        Proxy(Http) as clickhouse,
        Proxy(Kafka) as kafka,
        trial(
            name,
            seed,
            tmp_path,
            report,
            arrange=lambda stack: behind(stack, clickhouse=clickhouse, kafka=kafka),
            **environment,  # type: ignore[arg-type]  # settings, none of the options above
        ) as one,
        group(one.settings) as views,
    ):
        yield Windows(one, clickhouse, kafka, views)
