"""Counters and histograms of a hot path: plain numbers of one thread, read only when scraped.

`prometheus_client` takes a lock and looks its series up anew for every count: a microsecond each,
and an event has five of them. Here it is an addition in a dict; who scrapes copies it.
"""

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

_text: Callable[[float], str] = floatToGoString  # 1.0, +Inf


class Tally(Collector):
    """A counter: `counts[label values] += 1`."""

    def __init__(self, name: str, help_: str, labels: Sequence[str]) -> None:
        self._told = (name, help_, labels)
        self.counts: defaultdict[tuple[str, ...], float] = defaultdict(float)
        if not labels:
            self.counts[()] = 0.0  # there from the start: a rate over it sees the first one

    def describe(self) -> Iterator[Metric]:
        return self.collect()  # a second one of that name is an error

    def collect(self) -> Iterator[Metric]:
        name, help_, labels = self._told
        family = CounterMetricFamily(name, help_, labels=labels)
        for values, count in list(self.counts.items()):
            family.add_metric(values, count)
        yield family


class Durations(Collector):
    """A histogram of seconds: `add(seconds, label values)`."""

    def __init__(
        self, name: str, help_: str, labels: Sequence[str], buckets: Sequence[float]
    ) -> None:
        self._told = (name, help_, labels)
        self._bounds = sorted(buckets)
        self._series: dict[tuple[str, ...], list[float]] = {}  # a count a bucket, then the sum
        if not labels:
            self._series[()] = self._empty()

    def add(self, seconds: float, values: tuple[str, ...] = ()) -> None:
        series = self._series.get(values)
        if series is None:
            series = self._series[values] = self._empty()
        series[bisect_left(self._bounds, seconds)] += 1
        series[-1] += seconds

    def describe(self) -> Iterator[Metric]:
        return self.collect()  # a second one of that name is an error

    def collect(self) -> Iterator[Metric]:
        name, help_, labels = self._told
        family = HistogramMetricFamily(name, help_, labels=labels)
        for values, series in list(self._series.items()):
            *counts, total = list(series)
            so_far, buckets = 0.0, []
            for bound, count in zip([*self._bounds, math.inf], counts, strict=True):
                so_far += count
                buckets.append((_text(bound), so_far))
            family.add_metric(values, buckets, total)
        yield family

    def _empty(self) -> list[float]:
        return [0.0] * (len(self._bounds) + 2)
