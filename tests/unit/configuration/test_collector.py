"""What is dropped in a cycle goes, however few objects it was."""

import gc
import weakref

from configuration.collector import collecting
from tests.waiting import until


class Dropped:
    def __init__(self) -> None:
        self.itself = self


async def test_a_cycle_is_collected_by_the_clock() -> None:
    gc.disable()
    try:
        seen = weakref.ref(Dropped())
        assert seen() is not None
        async with collecting(every_s=0.01):
            await until(lambda: seen() is None, within=5)
    finally:
        gc.enable()
