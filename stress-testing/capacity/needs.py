"""What so many viewers at once need, from the saved costs. What it rests on besides stands in the
constants, and in those of brokers.py. Arithmetic, no I/O.
"""

from dataclasses import dataclass
from math import ceil

from capacity.brokers import BROKER_MB_S, COPIES, Brokers
from capacity.costs import Costs

from etl.batch import BatchPolicy

EVERY_S = 10
"""A player's heartbeat."""
BUSY, FULL = 0.5, 0.7
"""How much of a core and of a disk is planned for; the rest is for a lost node, peaks, merges."""
REPLICAS = 2
"""Of a shard, as in clickhouse/cluster.d."""
NODE_CORES, DISK_TB = 16, 20
"""Of a broker and of a node of ClickHouse."""
DAY_S, LOG_DAYS, KEPT_DAYS = 86_400, 7, 396
"""The topic is kept for a week, an event for 13 months (0001_views.sql)."""
VALUE_BYTES = 271
"""Of an event as the worker counts it, without key and headers."""
BATCH = BatchPolicy()


@dataclass(frozen=True)
class Plan:
    """What one may choose, and what a day is like: `average` is what its events are of those of a
    day that is all peak. Disks follow it; cores and the network have to bear the peak."""

    log_days: float = LOG_DAYS
    kept_days: float = KEPT_DAYS
    average: float = 1.0


AS_BUILT = Plan()


@dataclass(frozen=True)
class Needs:
    viewers: int
    events: float  # a second
    nginx_cores: int
    connections: float  # on each of these
    api_cores: int  # a process on each
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
    to_kafka: int  # connections, of each API process to each broker
    leads: int  # partitions a broker
    by: Brokers


def needs(costs: Costs, viewers: int, plan: Plan = AS_BUILT) -> Needs:
    """Never less than two of anything, three brokers, and the partitions that are set. Each copy
    in Kafka is taken to cost what the first does, each replica of a shard too."""
    events = viewers / EVERY_S

    def cores(us: float) -> float:
        return events * us / 1e6 / BUSY

    log_mb_s = events * costs.log / 1e6
    log_tb = log_mb_s * COPIES * plan.log_days * DAY_S * plan.average / 1e6
    stored_tb = events * costs.stored * REPLICAS * DAY_S * plan.average / 1e12
    by = Brokers(
        cores=cores(COPIES * costs.kafka + costs.kafka_read) / NODE_CORES,
        disk=log_tb / DISK_TB / FULL,
        writes=log_mb_s * COPIES / BROKER_MB_S,
    )
    nodes = (cores(REPLICAS * costs.row) / NODE_CORES, stored_tb * plan.kept_days / DISK_TB / FULL)
    nginx_cores = max(2, ceil(cores(costs.nginx)))
    api_cores = max(2, ceil(cores(costs.api + costs.token)))
    workers = max(2, ceil(cores(costs.etl)))
    partitions = by.partitions(workers, log_mb_s)
    inserts = max(
        workers / BATCH.max_age_s, events / min(BATCH.max_rows, BATCH.max_bytes / VALUE_BYTES)
    )
    return Needs(
        viewers=viewers,
        events=events,
        nginx_cores=nginx_cores,
        connections=viewers / nginx_cores,
        api_cores=api_cores,
        brokers=by.number,
        partitions=partitions,
        workers=workers,
        shards=max(2, ceil(max(nodes) / REPLICAS)),
        inserts=inserts,
        insert_cores=inserts * costs.insert / 1e6,
        log_tb=log_tb,
        stored_tb=stored_tb,
        in_gbit=events * costs.sent * 8 / 1e9,
        out_gbit=events * costs.received * 8 / 1e9,
        to_kafka=api_cores * by.number,
        leads=partitions // by.number,
        by=by,
    )
