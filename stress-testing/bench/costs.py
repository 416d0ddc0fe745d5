"""What an event costs each part, out of the saved runs of `make bench` and `make storage`."""

from dataclasses import dataclass
from statistics import median
from typing import Self

from bench.figures import Record
from storage.outcome import Results

STORE = "ClickHouse"


@dataclass(frozen=True)
class Costs:
    """Microseconds of CPU, and bytes, of an event that comes alone through nginx.

    `api` and `kafka` are those at a held rate, at which a batch for Kafka holds few events; at the
    ceiling they are much less. `token` is to verify one that the API has not seen, since so many
    viewers do not fit into its memory. `row` and `insert` are the engine's: for each row with its
    merges, and for each INSERT however small."""

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
        known = bench.by_name()
        passes = storage.by_store[STORE]

        def middle(name: str) -> float:
            return known[name].middle

        single = "single through nginx"
        return cls(
            nginx=middle(f"{single}/nginx"),
            api=middle("freshness/api"),
            token=middle("token/api"),
            kafka=middle("freshness/kafka"),
            kafka_read=middle("etl/kafka"),
            etl=middle("etl/etl"),
            row=middle("memory/engine with merges"),
            insert=median(one.single.cpu_us for one in passes),
            stored=median(sum(one.disk.values()) / storage.rows for one in passes),
            sent=middle(f"{single}/sent"),
            received=middle(f"{single}/received"),
            log=middle(f"{single}/log"),
        )
