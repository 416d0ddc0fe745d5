"""Questions to a store, each timed."""

import time
from collections.abc import Awaitable, Callable, Sequence

from percentiles import at
from storage.outcome import Reads

WITHIN_S = 10.0
"""CPU is known in ticks of 10 ms: what costs 0.02 ms has to be asked thousands of times to show,
what costs 10 ms hundreds of times."""

Question = Callable[[], Awaitable[object]]


class Stopwatch:
    def __init__(self) -> None:
        self.took_ms: list[float] = []

    async def ask(self, question: Question) -> None:
        started = time.perf_counter()
        await question()
        self.took_ms.append((time.perf_counter() - started) * 1000)

    def reads(self, cpu_s: float | None = None) -> Reads:
        """`cpu_s` was spent for all of them."""
        ordered = sorted(self.took_ms)
        count = len(ordered)
        return Reads(
            count=count,
            p50_ms=at(ordered, 0.50),
            p99_ms=at(ordered, 0.99),
            mean_ms=sum(ordered) / count,
            cpu_ms=None if cpu_s is None else cpu_s / count * 1000,
        )


async def one_by_one(
    questions: Sequence[Question], cpu_s: Callable[[], float], within_s: float = WITHIN_S
) -> Reads:
    """As many of them as there is time for, at least one. The first is asked once more than is
    counted: it finds cold what others find warm."""
    watch = Stopwatch()
    await questions[0]()
    before, end = cpu_s(), time.monotonic() + within_s
    for question in questions:
        await watch.ask(question)
        if time.monotonic() >= end:
            break
    return watch.reads(cpu_s() - before)
