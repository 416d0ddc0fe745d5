"""The rules of the promise, each broken in one place, and the kills under which that shows.

| rule broken               | killed                           | lost                         |
|---------------------------|----------------------------------|------------------------------|
| insert, then commit       | worker, its INSERT still on its  | its batch                    |
|                           | way to ClickHouse                |                              |
| ack, then answer          | API, its events not yet in Kafka | what it held                 |
| identity has the event_id | as the first                     | but for one, a film's events |
"""

from dataclasses import dataclass
from typing import Protocol

from tests.chaos.broken_copy import Edit
from tests.chaos.proxy.messages import INSERT
from tests.chaos.proxy.proxy import Proxy
from tests.chaos.trial import Trial
from tests.waiting import until

STORE = """\
        if batch.rows:
            await self._storage.insert(batch)
"""
PASSED = "        self._metrics.last_success.set_to_current_time()\n"


class Kills(Protocol):
    """One round of them; at its end all is back."""

    __name__: str

    async def __call__(self, t: Trial, clickhouse: Proxy) -> None: ...


@dataclass(frozen=True)
class Control:
    breach: str
    file: str
    edits: tuple[Edit, ...]
    kills: Kills


async def kill_before_the_insert(t: Trial, clickhouse: Proxy) -> None:
    """The worker, while the INSERT of its batch has not reached ClickHouse."""
    (worker,) = t.stack.etl
    insert = clickhouse.gate(lambda message: message.asks(INSERT))
    held = await insert.holds()
    rows = held.body.count(b"\n")
    await t.flows()
    await t.kill(worker, "etl", "before insert", f"{rows} rows on their way")
    insert.drop()
    await t.revive(worker)
    await t.flows()


async def kill_before_the_ack(t: Trial, clickhouse: Proxy) -> None:
    """The API, while the broker is away and requests wait for it."""
    (api,), (broker,) = t.stack.api, t.stack.kafka
    await t.kill(broker, "broker")
    sent = t.ledger.sent
    await until(lambda: t.ledger.sent >= sent + 8)
    await t.kill(api, "api", "before ack", f"{t.ledger.sent - sent} requests since the broker died")
    await t.revive(broker)
    await t.revive(api)
    await t.flows()


CONTROLS = (
    Control(
        "commit before insert",
        "etl/worker.py",
        ((STORE, ""), (PASSED, STORE + PASSED)),
        kill_before_the_insert,
    ),
    Control(
        "answer before ack",
        "ugc_api/publishing/publisher.py",
        (
            (
                "            record = await ack\n",
                "            ack.add_done_callback(_look_at)\n            return None\n",
            ),
        ),
        kill_before_the_ack,
    ),
    Control(
        "identity without event_id",
        "clickhouse/migrations/0001_views.sql",
        (("ORDER BY (user_id, film_id, event_id)", "ORDER BY (user_id, film_id)"),),
        kill_before_the_insert,
    ),
)
