"""Metrics that carry their own manual.

A process declares all it measures in one list; each entry says what it means and what to do when
its value is bad. Both stand in the `# HELP` line of `/metrics`, and tests tie dashboards and
alerts to the list.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

from telemetry.tallies import Durations, Tally


@dataclass(frozen=True)
class Declared:
    """One metric of a process: its name, what it means, and what to do about a bad value."""

    name: str
    meaning: str
    remedy: str
    labels: tuple[str, ...]

    @property
    def help(self) -> str:
        return f"{self.meaning} Remedy: {self.remedy}"


@dataclass
class Declarations:
    """The metrics of one process, in the order in which they were declared."""

    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    declared: list[Declared] = field(default_factory=list)

    def __post_init__(self) -> None:
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)

    def counter(self, name: str, meaning: str, remedy: str, labels: Sequence[str] = ()) -> Counter:
        entry = self._declare(name, meaning, remedy, labels)
        return Counter(name, entry.help, labels, registry=self.registry)

    def gauge(self, name: str, meaning: str, remedy: str, labels: Sequence[str] = ()) -> Gauge:
        entry = self._declare(name, meaning, remedy, labels)
        return Gauge(name, entry.help, labels, registry=self.registry)

    def histogram(
        self,
        name: str,
        meaning: str,
        remedy: str,
        labels: Sequence[str] = (),
        buckets: Sequence[float] = Histogram.DEFAULT_BUCKETS,
    ) -> Histogram:
        entry = self._declare(name, meaning, remedy, labels)
        return Histogram(name, entry.help, labels, registry=self.registry, buckets=buckets)

    def tally(self, name: str, meaning: str, remedy: str, labels: Sequence[str] = ()) -> Tally:
        """A counter of a hot path."""
        tally = Tally(name, self._declare(name, meaning, remedy, labels).help, labels)
        self.registry.register(tally)
        return tally

    def durations(
        self,
        name: str,
        meaning: str,
        remedy: str,
        labels: Sequence[str] = (),
        buckets: Sequence[float] = Histogram.DEFAULT_BUCKETS,
    ) -> Durations:
        """A histogram of a hot path."""
        entry = self._declare(name, meaning, remedy, labels)
        durations = Durations(name, entry.help, labels, [b for b in buckets if b < math.inf])
        self.registry.register(durations)
        return durations

    def _declare(self, name: str, meaning: str, remedy: str, labels: Sequence[str]) -> Declared:
        entry = Declared(name, meaning, remedy, tuple(labels))
        self.declared.append(entry)
        return entry
