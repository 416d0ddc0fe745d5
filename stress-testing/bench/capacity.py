"""What so many viewers at once need, from the saved costs. What it rests on besides stands in the
constants. Arithmetic, no I/O.
"""

from dataclasses import dataclass
from math import ceil

from bench.costs import Costs

from etl.batch import BatchPolicy

EVERY_S = 10
"""A player's heartbeat."""
BUSY, FULL = 0.5, 0.7
"""How much of a core and of a disk is planned for; the rest is for a lost node, peaks, merges."""
COPIES = 3
"""Of the topic (KAFKA_TOPIC_REPLICATION)."""
REPLICAS = 2
"""Of a shard, as in clickhouse/cluster.d."""
NODE_CORES, DISK_TB = 16, 20
"""Of a broker and of a node of ClickHouse."""
BROKER_MB_S = 100
"""Of all copies together that a broker writes; LinkedIn's three wrote 200 each."""
PARTITION_MB_S = 10
FEWEST_PARTITIONS = 6
"""KAFKA_TOPIC_PARTITIONS as it is set."""
DAY_S, LOG_DAYS, KEPT_DAYS = 86_400, 7, 396
"""The topic is kept for a week, an event for 13 months (0001_views.sql)."""
VALUE_BYTES = 271
"""Of an event as the worker counts it, without key and headers."""
BATCH = BatchPolicy()


@dataclass(frozen=True)
class Needs:
    viewers: int
    events: float  # a second
    nginx_cores: int
    connections: float  # on each of these
    api_cores: int
    brokers: int
    partitions: int
    workers: int
    shards: int
    inserts: float  # a second, each of them on every shard
    insert_cores: float  # that these keep busy in every node
    log_tb: float  # all copies
    stored_tb: float  # a day, all replicas
    in_gbit: float
    out_gbit: float


def needs(costs: Costs, viewers: int) -> Needs:
    """Never less than two of anything, three brokers, and the partitions that are set. Each copy
    in Kafka is taken to cost what the first does, each replica of a shard too."""
    events = viewers / EVERY_S

    def cores(us: float, least: int = 2) -> int:
        return max(least, ceil(events * us / 1e6 / BUSY))

    log_mb_s = events * costs.log / 1e6
    log_tb = log_mb_s * COPIES * LOG_DAYS * DAY_S / 1e6
    stored_tb = events * costs.stored * REPLICAS * DAY_S / 1e12
    workers = cores(costs.etl)
    inserts = max(
        workers / BATCH.max_age_s, events / min(BATCH.max_rows, BATCH.max_bytes / VALUE_BYTES)
    )
    brokers = (
        cores(COPIES * costs.kafka + costs.kafka_read) / NODE_CORES,
        log_mb_s * COPIES / BROKER_MB_S,
        log_tb / DISK_TB / FULL,
    )
    nodes = (cores(REPLICAS * costs.row) / NODE_CORES, stored_tb * KEPT_DAYS / DISK_TB / FULL)
    nginx_cores = cores(costs.nginx)
    return Needs(
        viewers=viewers,
        events=events,
        nginx_cores=nginx_cores,
        connections=viewers / nginx_cores,
        api_cores=cores(costs.api + costs.token),
        brokers=max(COPIES, ceil(max(brokers))),
        partitions=max(FEWEST_PARTITIONS, workers, ceil(log_mb_s / PARTITION_MB_S)),
        workers=workers,
        shards=max(2, ceil(max(nodes) / REPLICAS)),
        inserts=inserts,
        insert_cores=inserts * costs.insert / 1e6,
        log_tb=log_tb,
        stored_tb=stored_tb,
        in_gbit=events * costs.sent * 8 / 1e9,
        out_gbit=events * costs.received * 8 / 1e9,
    )
