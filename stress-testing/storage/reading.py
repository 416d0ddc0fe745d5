"""Questions to a store, each timed."""

import time
from collections.abc import Awaitable, Callable, Iterable

from storage.outcome import Reads

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
            p50_ms=ordered[count // 2],
            p99_ms=ordered[int(count * 0.99)],
            mean_ms=sum(ordered) / count,
            cpu_ms=None if cpu_s is None else cpu_s / count * 1000,
        )


async def one_by_one(questions: Iterable[Question], cpu_s: Callable[[], float]) -> Reads:
    """The first of them is asked once more than is counted: it finds cold what others find warm."""
    watch, before = Stopwatch(), 0.0
    for number, question in enumerate(questions):
        if number == 0:
            await question()
            before = cpu_s()
        await watch.ask(question)
    return watch.reads(cpu_s() - before)
