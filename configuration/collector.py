"""Python's cycle collector in a process that makes many objects and hardly a cycle."""

import gc


def spare_the_collector() -> None:
    """What exists now lives as long as the process: it is not walked again. Walking all of it for
    every 700 new objects was 8 % of the CPU time of an event in the API, 19 % in the worker."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
