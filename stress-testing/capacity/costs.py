"""What an event costs each part, out of the saved runs of `make bench` and `make storage`."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from statistics import median
from typing import Self

from bench.edge import FEW
from bench.figures import Record
from storage.outcome import Results

STORE = "ClickHouse"
RECORD_BATCH_BYTES = 61
"""Kafka's header of one, whatever is in it; in those of `batch/log` hundreds share it."""

MEASURED: Mapping[str, str] = {
    "nginx": "single through nginx/nginx",
    "api": "freshness/api",
    "token": "token/api",
    "kafka": "freshness/kafka",
    "kafka_read": "etl/kafka",
    "etl": "etl/rate",
    "row": "memory/engine with merges",
    "sent": "single through nginx/sent",
    "received": "single through nginx/received",
    "log": "batch/log",
}
"""The figure of `make bench` that each is."""


@dataclass(frozen=True)
class Costs:
    """Microseconds of CPU, and bytes, of an event that comes alone through nginx.

    `api` and `kafka` are those at a held rate, at which a batch for Kafka holds few events; at the
    ceiling they are much less. `token` is to verify one that the API has not seen, since so many
    viewers do not fit into its memory. `row` and `insert` are the engine's: for each row with its
    merges, and for each INSERT however small. `etl` is a worker's whole time, not only its CPU: it
    waits for its inserts. `log` is of one that has a record batch to itself:
    what a held rate writes was not measured, and this is the most it can be."""

    nginx: float
    api: float
    token: float
    kafka: float
    kafka_read: float
    etl: float
    row: float
    insert: float
    stored: float
    sent: float
    received: float
    log: float

    @classmethod
    def of(cls, bench: Record, storage: Results) -> Self:
        known, passes = bench.by_name(), storage.by_store[STORE]
        measured = {name: known[figure].middle for name, figure in MEASURED.items()}
        measured["log"] += RECORD_BATCH_BYTES
        measured["etl"] = 1e6 / measured["etl"]
        return cls(
            **measured,
            insert=median(one.single.cpu_us for one in passes),
            stored=median(sum(one.disk.values()) / storage.rows for one in passes),
        )


def six_at_once(costs: Costs, bench: Record) -> Costs:
    """Those of an event that comes with five others of its viewer. That was measured at the ceiling
    only: API and Kafka are taken to save the share that they save there. What is of a request is
    shared by six, and so is a record batch: one viewer's events lie in one partition."""
    known = bench.by_name()

    def middle(name: str) -> float:
        return known[name].middle

    proxied = middle(MEASURED["received"]) - middle("single/received")
    return replace(
        costs,
        nginx=costs.nginx / FEW,
        api=costs.api * middle("six at once/api") / middle("single/api"),
        token=costs.token / FEW,
        kafka=costs.kafka * middle("six at once/kafka") / middle("single/kafka"),
        sent=middle("six at once/sent"),
        received=middle("six at once/received") + proxied / FEW,
        log=middle(MEASURED["log"]) + RECORD_BATCH_BYTES / FEW,
    )
