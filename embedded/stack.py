"""The whole system as its children, and the order in which they come and go."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass

from embedded import children
from embedded.child import Child, Output, Step, discard
from embedded.settings import Settings


async def start_and_wait(child: Child) -> None:
    await child.start()
    await child.ready()


@dataclass(frozen=True)
class Stack:
    """Stores first, then what prepares them, then the worker, and the API last: when it is
    ready, the whole system is; nginx only opens the door to it. Kafka and ClickHouse are missing
    here when they are outside, nginx where it is not installed."""

    settings: Settings
    kafka: tuple[Child, ...]
    clickhouse: tuple[Child, ...]
    steps: tuple[Step, ...]
    etl: tuple[Child, ...]
    api: tuple[Child, ...]
    nginx: tuple[Child, ...]

    @classmethod
    def of(cls, settings: Settings, output: Output = discard) -> "Stack":
        brokers = 0 if settings.external_kafka else settings.brokers
        own_clickhouse = () if settings.external_clickhouse else (settings,)
        return cls(
            settings=settings,
            kafka=tuple(children.kafka(settings, n, output) for n in range(brokers)),
            clickhouse=tuple(children.clickhouse(s, output) for s in own_clickhouse),
            steps=(children.topics(settings, output), children.migrate(settings, output)),
            etl=(children.etl(settings, 0, output),),
            api=tuple(children.api(settings, n, output) for n in range(settings.api_processes)),
            nginx=()
            if settings.nginx is None
            else (children.nginx(settings, settings.nginx, output),),
        )

    @property
    def children(self) -> tuple[Child, ...]:
        return (*self.kafka, *self.clickhouse, *self.steps, *self.etl, *self.api, *self.nginx)

    async def start(
        self, bring_up: Callable[[Child], Coroutine[None, None, None]] = start_and_wait
    ) -> None:
        """Bring up group after group, the children of one group together."""
        stores = (*self.kafka, *self.clickhouse)
        for group in (stores, self.steps, self.etl, self.api, self.nginx):
            await _together([bring_up(child) for child in group])

    def can_start(self, child: Child, ready: set[Child]) -> bool:
        """Whether what the child needs is there: most brokers, and ClickHouse but for the API,
        which takes events without it."""
        if child in self.kafka or child in self.clickhouse or child in self.nginx:
            return True
        most_brokers = len(self.kafka) // 2 + 1 if self.kafka else 0
        if len(ready.intersection(self.kafka)) < most_brokers:
            return False
        return child in self.api or ready.issuperset(self.clickhouse)

    async def stop(self, stopped: Callable[[Child], None] = lambda child: None) -> None:
        """Those who use first, then what they use; `stopped` is told of each that ran."""
        for group in (self.nginx, self.api, self.etl, self.steps, self.clickhouse, self.kafka):
            running = [child for child in group if child.alive]
            await asyncio.gather(*(child.stop() for child in running))
            for child in running:
                stopped(child)


async def _together(starts: list[Coroutine[None, None, None]]) -> None:
    """Run them side by side; the first failure ends the others and is raised."""
    tasks = [asyncio.ensure_future(start) for start in starts]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
