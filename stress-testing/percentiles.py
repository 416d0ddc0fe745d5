"""The one rank by which all percentiles are taken, so that those of different runs are the same
thing: a value that was there, never one between two."""

from collections.abc import Sequence


def at(ordered: Sequence[float], share: float) -> float:
    """The value below which that share lies: of 1000 the 991st for 0.99. Of none there is none."""
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]
