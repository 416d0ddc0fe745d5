"""How many bytes of batches are held at once: memory stays bounded, whoever sends."""

from collections.abc import Iterator
from contextlib import contextmanager

from ugc_api.problems import Problem

MIB = 1024 * 1024


class Room:
    def __init__(self, size: int) -> None:
        """`size` in bytes."""
        self._free = size

    @contextmanager
    def of(self, size: int) -> Iterator[None]:
        """Room for `size` bytes. Raises Problem 503 at once when there is none."""
        if size > self._free:
            raise too_many_batches()
        self._free -= size
        try:
            yield
        finally:
            self._free += size


def too_many_batches() -> Problem:
    return Problem(
        503,
        "too_many_batches",
        "too many batches at once, nothing of this one is stored: send it again",
        headers={"Retry-After": "1"},
    )
