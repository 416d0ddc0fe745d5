"""The nodes of ClickHouse, and whose turn it is.

A node keeps its turn until it fails; then it is the next one's. Nobody goes back to the first when
that is well again: all nodes are alike, a Distributed table routes from any of them, and each
process that starts begins at the first.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import httpx

from etl.exits import EmptyNode, WarehouseAway


class Nodes:
    def __init__(self, urls: Sequence[str]) -> None:
        self._urls = tuple(urls)
        self._turn = 0

    def __len__(self) -> int:
        return len(self._urls)

    @contextmanager
    def turn(self) -> Iterator[str]:
        """The URL to ask now. What is raised inside, and means that the node is away or empty,
        gives the turn to the next one: once, however many were asking it."""
        turn = self._turn
        try:
            yield self._urls[turn % len(self._urls)]
        except (httpx.TransportError, WarehouseAway, EmptyNode):
            self._turn = max(self._turn, turn + 1)
            raise
