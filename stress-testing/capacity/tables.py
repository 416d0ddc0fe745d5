"""The tables of the page that say what is needed."""

from collections.abc import Mapping
from dataclasses import replace

from bench.edge import BATCH
from bench.figures import Record
from capacity.brokers import COPIES
from capacity.costs import MEASURED, Costs, six_at_once
from capacity.needs import AS_BUILT, BUSY, NODE_CORES, Plan, needs
from capacity.text import table

VIEWERS = (10_000, 100_000, 1_000_000, 10_000_000, 100_000_000)

COLUMNS: Mapping[str, str] = {
    "viewers": "viewers at once",
    "events": "events a second",
    "nginx_cores": "nginx cores",
    "connections": "connections on each",
    "api_cores": "API cores",
    "brokers": "brokers",
    "partitions": "partitions",
    "workers": "workers",
    "shards": "shards",
    "inserts": "inserts a second",
    "insert_cores": "cores of each node for these",
    "log_tb": "Kafka's log, TB",
    "stored_tb": "ClickHouse, TB a day",
    "in_gbit": "in, Gbit/s",
    "out_gbit": "out, Gbit/s",
}

OTHERS: Mapping[str, Plan] = {
    "as above": AS_BUILT,
    "Kafka's log kept for a day": Plan(log_days=1),
    "events kept for 30 days": Plan(kept_days=30),
    "a day whose average is a third of its peak": Plan(average=1 / 3),
}
SIX = "six reports in a request"
WITH_SIX: Mapping[str, Plan] = {
    SIX: AS_BUILT,
    f"{SIX}, Kafka's log kept for a day": Plan(log_days=1),
    f"{SIX}, an average of a third": Plan(average=1 / 3),
}

CLOUDFLARE_PER_S, CLOUDFLARE_BROKERS, CLOUDFLARE_BYTES = 6e6, 106, 1630
"""The first two by its post, the bytes of a message by its slides."""


def capacity(costs: Costs) -> str:
    found = (needs(costs, viewers) for viewers in VIEWERS)
    return table([*COLUMNS.values()], ([getattr(one, name) for name in COLUMNS] for one in found))


def brokers(costs: Costs) -> str:
    """What decides how many there are, and how near the next is."""
    columns = ("viewers at once", "brokers", "by cores", "by disk, a week of log",
               "by disk, a day", "by writes", "what decides", "partitions each leads",
               "connections of all API processes to them")  # fmt: skip
    rows = list[list[str | float]]()
    for viewers in VIEWERS:
        one, day = needs(costs, viewers), needs(costs, viewers, Plan(log_days=1))
        by = one.by
        rows.append([viewers, one.brokers, by.cores, by.disk, day.by.disk, by.writes, by.decides,
                     one.leads, one.to_kafka])  # fmt: skip
    return table(columns, rows)


def choices(costs: Costs, record: Record) -> str:
    """The last row, with one thing different."""
    columns = ("the last row", "nginx cores", "API cores", "connections to Kafka", "brokers",
               "what decides these", "Kafka's log, TB", "shards",
               "ClickHouse, TB a day")  # fmt: skip
    fuller = six_at_once(costs, record)
    cases = [(name, costs, plan) for name, plan in OTHERS.items()]
    cases += [(name, fuller, plan) for name, plan in WITH_SIX.items()]
    rows = list[list[str | float]]()
    for name, its, plan in cases:
        one = needs(its, VIEWERS[-1], plan)
        rows.append([name, one.nginx_cores, one.api_cores, one.to_kafka, one.brokers,
                     one.by.decides, one.log_tb, one.shards, one.stored_tb])  # fmt: skip
    return table(columns, rows)


def density(costs: Costs, record: Record) -> str:
    """What a broker takes, held against Cloudflare's."""
    known, last = record.by_name(), needs(costs, VIEWERS[-1])
    full = replace(costs, kafka=known["batch/kafka"].middle, log=known[MEASURED["log"]].middle)
    busy = NODE_CORES * BUSY * 1e6

    def by_cores(its: Costs) -> float:
        return busy / (COPIES * its.kafka + its.kafka_read)

    rows = [
        ("Cloudflare", CLOUDFLARE_PER_S / CLOUDFLARE_BROKERS, CLOUDFLARE_BYTES),
        ("the last row", last.events / last.brokers, costs.log),
        ("the last row, were cores the only limit", by_cores(costs), costs.log),
        (f"the same, {BATCH} events in a request", by_cores(full), full.log),
    ]
    return table(
        ("a broker's", "messages a second", "bytes of one", "MB/s, all copies"),
        ([who, rate, float(size), rate * size * COPIES / 1e6] for who, rate, size in rows),
    )
