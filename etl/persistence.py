"""The same attempt again until it succeeds, for as long as its errors are transient.

`etl.exits` knows which are; any other error is raised at once.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from etl.exits import Exit, exit_for
from etl.metrics import Metrics

log = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True)
class Pauses:
    """Seconds between tries: the first, doubling up to the last."""

    first_s: float = 0.1
    last_s: float = 5.0


class Persistence:
    def __init__(self, metrics: Metrics, pauses: Pauses | None = None) -> None:
        self._metrics = metrics
        self._pauses = pauses or Pauses()

    async def until_done(self, stage: str, attempt: Callable[[], Awaitable[T]]) -> T:
        """What `attempt` returns in the end; `stage` names it in log and metric."""
        pause = self._pauses.first_s
        failures = 0
        while True:
            try:
                result = await attempt()
            except Exception as error:
                if exit_for(error) is not Exit.RETRY:
                    raise
                failures += 1
                self._metrics.retries.labels(stage).inc()
                log.warning(
                    "will try again",
                    extra={
                        "stage": stage,
                        "error": type(error).__name__,
                        "detail": str(error)[:200],
                        "in_s": pause,
                    },
                )
            else:
                if failures:
                    log.info("went through", extra={"stage": stage, "failures": failures})
                return result
            await asyncio.sleep(pause)
            pause = min(pause * 2, self._pauses.last_s)
