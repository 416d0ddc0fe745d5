"""What so many viewers at once need, from the saved run's costs. What it rests on besides stands in
the constants. Arithmetic, no I/O.
"""

from dataclasses import dataclass
from math import ceil

from bench.figures import Record

from etl.batch import BatchPolicy

EVERY_S = 10
"""A player's heartbeat."""
BUSY = 0.5
"""How much of a core is planned for: a half is left for a lost node and for peaks."""
COPIES = 3
"""Of the topic (KAFKA_TOPIC_REPLICATION)."""
REPLICAS = 2
"""Of a shard, as in clickhouse/cluster.d."""
NODE_CORES = 16
BROKER_MB_S = 100
"""Of all copies together that a broker writes; LinkedIn's three wrote 200 each."""
PARTITION_MB_S = 10
FEWEST_PARTITIONS = 6
"""KAFKA_TOPIC_PARTITIONS as it is set."""
STORED_BYTES = 24.7
"""Of an event in all tables together, by the study of storage."""
DAY_S, LOG_DAYS, KEPT_DAYS = 86_400, 7, 396
"""The topic is kept for a week, an event for 13 months (0001_views.sql)."""
DISK_TB = 20
"""That a broker or a node of ClickHouse holds."""
BATCH = BatchPolicy()


@dataclass(frozen=True)
class Costs:
    """Microseconds of CPU, and bytes, of an event that comes alone through nginx."""

    nginx: float
    api: float
    kafka: float
    etl: float
    engine: float
    sent: float
    received: float
    log: float

    @classmethod
    def of(cls, record: Record) -> "Costs":
        """Each copy in Kafka is taken to cost what the first does, each replica of a shard too:
        both are bounds from above."""
        known = record.by_name()

        def middle(name: str) -> float:
            return known[name].middle

        single = "single through nginx"
        return cls(
            nginx=middle(f"{single}/nginx"),
            api=middle(f"{single}/api"),
            kafka=COPIES * middle(f"{single}/kafka") + middle("etl/kafka"),
            etl=middle("etl/etl"),
            engine=REPLICAS * middle("memory/engine with merges"),
            sent=middle(f"{single}/sent"),
            received=middle(f"{single}/received"),
            log=middle(f"{single}/log"),
        )


@dataclass(frozen=True)
class Needs:
    viewers: int
    events: float  # a second
    nginx_cores: int
    api_cores: int
    brokers: int
    partitions: int
    workers: int
    shards: int
    inserts: float  # a second, each of them on every shard
    log_tb: float  # all copies
    stored_tb: float  # a day, all replicas
    in_gbit: float
    out_gbit: float


def needs(costs: Costs, viewers: int) -> Needs:
    """Never less than two of anything, three brokers, and the partitions that are set."""
    events = viewers / EVERY_S

    def cores(us: float, least: int = 2) -> int:
        return max(least, ceil(events * us / 1e6 / BUSY))

    log_mb_s = events * costs.log / 1e6
    log_tb = log_mb_s * COPIES * LOG_DAYS * DAY_S / 1e6
    stored_tb = events * STORED_BYTES * REPLICAS * DAY_S / 1e12
    workers = cores(costs.etl)
    rows = min(BATCH.max_rows, BATCH.max_bytes / costs.log)
    brokers = (
        cores(costs.kafka) / NODE_CORES, log_mb_s * COPIES / BROKER_MB_S, log_tb / DISK_TB
    )  # fmt: skip
    shards = (cores(costs.engine) / NODE_CORES, stored_tb * KEPT_DAYS / DISK_TB)
    return Needs(
        viewers=viewers,
        events=events,
        nginx_cores=cores(costs.nginx),
        api_cores=cores(costs.api),
        brokers=max(COPIES, ceil(max(brokers))),
        partitions=max(FEWEST_PARTITIONS, workers, ceil(log_mb_s / PARTITION_MB_S)),
        workers=workers,
        shards=max(2, ceil(max(shards) / REPLICAS)),
        inserts=max(workers / BATCH.max_age_s, events / rows),
        log_tb=log_tb,
        stored_tb=stored_tb,
        in_gbit=events * costs.sent * 8 / 1e9,
        out_gbit=events * costs.received * 8 / 1e9,
    )
