"""The rows of an insert on their way to the engine: a file in memory that only this process sees.

The engine has a streaming insert too, but that one keeps silent about what fails while a block is
being stored: a full disk, a materialized view that throws. Reading a file, it raises all of it.
"""

import os
from types import TracebackType


class Spool:
    """Gone when the context ends."""

    def __init__(self) -> None:
        self._file = open(os.memfd_create("rows"), "wb")  # noqa: PTH123, SIM115 - closed at exit

    def __enter__(self) -> "Spool":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def append(self, data: bytes) -> None:
        self._file.write(data)
        self._file.flush()

    @property
    def path(self) -> str:
        """With everything appended so far; each who opens it reads from the beginning."""
        return f"/proc/self/fd/{self._file.fileno()}"
