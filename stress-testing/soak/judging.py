"""Which curves of a soak grow, and by what bounds; pure, on its samples and kills."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from soak.flatness import Allowance, Series, Trend, trend
from soak.kills import Kill
from soak.sampling import Sample

OTHER, OF_THE_WHOLE = "others", ""
ALLOWED = {
    "memory, MiB": {
        # heaps and caches with a limit of their own: see embedded/kafka/java.py for the JVM's; the
        # worker's after a backlog is measured by `make bench`
        "kafka": Allowance(share=0.10, at_least=10.0, settled=768.0),
        "clickhouse": Allowance(share=0.10, at_least=10.0, settled=1024.0),
        "etl": Allowance(share=0.10, at_least=5.0, settled=128.0),
        OTHER: Allowance(share=0.10, at_least=2.0),
    },
    "handles": {  # their pools, and a log's or a table's files
        "kafka": Allowance(share=0.10, at_least=10.0, settled=300.0),
        # files of parts that were read stay open until eight minutes after the parts were replaced:
        # 430 to 470 in two hours of soak, which it comes near to for a quarter of an hour
        "clickhouse": Allowance(share=0.10, at_least=10.0, settled=600.0),
        OTHER: Allowance(share=0.10, at_least=10.0),
    },
    "threads": {
        "kafka": Allowance(share=0.10, at_least=5.0, settled=150.0),
        "clickhouse": Allowance(share=0.10, at_least=5.0, settled=300.0),
        OTHER: Allowance(share=0.10, at_least=5.0),
    },
    "freshness, s": {OF_THE_WHOLE: Allowance(share=0.10, at_least=0.5)},
    "lag, events": {OF_THE_WHOLE: Allowance(share=0.10, at_least=1000.0)},
}
MOST_PARTS = 100  # active ones of a table
CALM_AFTER_S = 10.0  # once all is well again after a kill


@dataclass(frozen=True)
class Curve:
    """`trend` is None where the stretch was too short."""

    what: str
    process: str
    pid: int
    seconds: float
    trend: Trend | None
    grows: bool


def allowance(what: str, process: str) -> Allowance:
    of = ALLOWED[what]
    return of[process] if process in of else of[OTHER]


def curves(samples: Sequence[Sample], kills: Sequence[Kill]) -> Sequence[Curve]:
    """One for each process between its starts, and those of the whole."""
    return [*_of_processes(samples), *_of_the_whole(samples, kills)]


def most_parts(samples: Sequence[Sample]) -> Mapping[str, int]:
    tables = {table for sample in samples for table in sample.parts}
    return {
        table: max(sample.parts.get(table, 0) for sample in samples) for table in sorted(tables)
    }


def _of_processes(samples: Sequence[Sample]) -> Iterator[Curve]:
    for name in sorted({name for sample in samples for name in sample.processes}):
        there = [(one.at, one.processes[name]) for one in samples if name in one.processes]
        for pid, stretch in groupby(there, key=lambda one: one[1].pid):
            seen = list(stretch)
            measures: dict[str, Series] = {
                "memory, MiB": [(at, one.own) for at, one in seen],
                "handles": [(at, one.handles) for at, one in seen],
                "threads": [(at, one.threads) for at, one in seen],
            }
            for what, series in measures.items():
                yield _curve(what, name, pid, series)


def _of_the_whole(samples: Sequence[Sample], kills: Sequence[Kill]) -> Iterator[Curve]:
    def calm(sample: Sample) -> bool:
        return not any(0 <= sample.at - one.at <= one.well_after + CALM_AFTER_S for one in kills)

    seen = [sample for sample in samples if calm(sample)]
    fresh = [(one.at, one.freshness) for one in seen if one.freshness is not None]
    lag = [(one.at, float(one.lag)) for one in seen if one.lag is not None]
    yield _curve("freshness, s", OF_THE_WHOLE, 0, fresh)
    yield _curve("lag, events", OF_THE_WHOLE, 0, lag)


def _curve(what: str, process: str, pid: int, series: Series) -> Curve:
    found, allowed = trend(series), allowance(what, process)
    seconds = series[-1][0] - series[0][0] if series else 0.0
    return Curve(what, process, pid, seconds, found, found is not None and found.grows(allowed))
