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
DAY_S, LOG_DAYS = 86_400, 7
"""The topic is kept for so many."""
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
    workers = cores(costs.etl)
    rows = min(BATCH.max_rows, BATCH.max_bytes / costs.log)
    by_cores = ceil(cores(costs.kafka) / NODE_CORES)
    return Needs(
        viewers=viewers,
        events=events,
        nginx_cores=cores(costs.nginx),
        api_cores=cores(costs.api),
        brokers=max(COPIES, by_cores, ceil(log_mb_s * COPIES / BROKER_MB_S)),
        partitions=max(FEWEST_PARTITIONS, workers, ceil(log_mb_s / PARTITION_MB_S)),
        workers=workers,
        shards=max(2, ceil(cores(costs.engine) / REPLICAS / NODE_CORES)),
        inserts=max(workers / BATCH.max_age_s, events / rows),
        log_tb=log_mb_s * COPIES * LOG_DAYS * DAY_S / 1e6,
        stored_tb=events * STORED_BYTES * REPLICAS * DAY_S / 1e12,
        in_gbit=events * costs.sent * 8 / 1e9,
        out_gbit=events * costs.received * 8 / 1e9,
    )
