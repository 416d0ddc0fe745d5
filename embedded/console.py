"""The one stream a person reads: each line with the name of the process that wrote it."""

import signal
import sys
import time
from typing import TextIO

NAME_WIDTH = 10
OWN_NAME = "embedded"


class Console:
    def __init__(self, stream: TextIO = sys.stdout) -> None:
        self._stream = stream
        self._broken = False

    def line(self, name: str, text: str) -> None:
        self._write(f"{name:<{NAME_WIDTH}} | {text}")

    def say(self, text: str) -> None:
        """The supervisor's own words, with the time: the children's lines have theirs."""
        for line in text.splitlines():
            self.line(OWN_NAME, f"{time.strftime('%H:%M:%S', time.gmtime())} {line}")

    def to_paste(self, text: str) -> None:
        """Alone on its line, to be taken whole."""
        self._write(f"\n{text}\n")

    def _write(self, text: str) -> None:
        if self._broken:
            return
        try:
            self._stream.write(text + "\n")
            self._stream.flush()
        except BrokenPipeError:  # nobody reads any more: the same as being asked to stop
            self._broken = True
            signal.raise_signal(signal.SIGTERM)
