"""A clock of its own for one child: libfaketime, read anew at every look at the time."""

from datetime import timedelta
from pathlib import Path

from embedded.child import Child
from tests.chaos.wiring import changed

PLACES = ("*/faketime/libfaketime.so.1", "faketime/libfaketime.so.1")  # with or without multiarch


def library() -> Path:
    """Raises FileNotFoundError with the remedy."""
    for place in PLACES:
        for found in Path("/usr/lib").glob(place):
            return found
    raise FileNotFoundError("no libfaketime in /usr/lib: `embedded/setup faketime` installs it")


class WrongClock:
    """Right until it is told otherwise. Only the time of day jumps, waiting does not."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._library = library()
        self.ahead = timedelta(0)
        self.jump(timedelta(0))

    def jump(self, ahead: timedelta) -> None:
        """To so much before (after, if negative) everybody else's, also in a running process."""
        self.ahead = ahead
        unfinished = self._file.with_suffix(".new")
        unfinished.write_text(f"{ahead.total_seconds():+.0f}")
        unfinished.replace(self._file)

    def of(self, child: Child) -> Child:
        """The same child, not started, under this clock."""
        return changed(
            child,
            LD_PRELOAD=str(self._library),
            FAKETIME_TIMESTAMP_FILE=str(self._file),
            FAKETIME_NO_CACHE="1",
            DONT_FAKE_MONOTONIC="1",
        )
