"""What a person sees: on a terminal a bar that moves, elsewhere a line now and then."""

import time
from collections.abc import Sequence
from typing import TextIO

WIDTH = 24  # of the bar
EVERY_S = 5.0  # where nothing can move


class Screen:
    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._moves = stream.isatty()
        self._bar_shown = False
        self._last = 0.0

    def say(self, text: str = "") -> None:
        self._write(("\n" if self._bar_shown else "") + text + "\n")
        self._bar_shown = False

    def table(self, title: str, lines: Sequence[str]) -> None:
        self.say()
        for line in (title, *(f"  {line}" for line in lines)):
            self.say(line)

    def progress(self, done: float, text: str) -> None:
        """`done` is a share, 0 to 1; the end is always shown."""
        if self._moves:
            self._write(f"\r{bar(done)} {text}\x1b[K" + ("\n" if done >= 1 else ""))
            self._bar_shown = done < 1
        elif done >= 1 or time.monotonic() - self._last >= EVERY_S:
            self._last = time.monotonic()
            self._write(f"{done:4.0%} {text}\n")

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


def columns(rows: Sequence[Sequence[str]]) -> Sequence[str]:
    """Lines of left-aligned cells, each column as wide as its widest."""
    widths = [max(map(len, column)) + 2 for column in zip(*rows, strict=True)]
    return [
        "".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def bar(done: float) -> str:
    full = round(min(max(done, 0.0), 1.0) * WIDTH)
    return "[" + "#" * full + "." * (WIDTH - full) + "]"


def number(count: float) -> str:
    """With spaces between thousands."""
    return f"{count:,.0f}".replace(",", " ")
