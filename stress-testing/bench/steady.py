"""Single events at a held rate over connections that stay open, whatever the answers take.

Run as a program of its own: `python stress-testing/bench/steady.py PORT RATE SECONDS CONNECTIONS
SAMPLED`, tokens one a line on stdin, those of so many sampled viewers first. Prints one JSON
object: how often each status came, the seconds until the last, the milliseconds from when a request
was due until its answer, how many were still due at the end; and of each sampled viewer the moments
(monotonic seconds) of the 202s.
"""

import asyncio
import sys
import time
from collections import Counter, deque
from collections.abc import Iterator
from typing import cast

import orjson
import uvloop

# as a program its folder is on the path, and not the one above
sys.path.insert(0, str(__file__).rpartition("/bench/")[0])

from bench.players import singles

TICK_S = 0.002


class Steady:
    """What is due, the connections that are free for it, and what was answered."""

    def __init__(self, requests: Iterator[bytes], tokens: int, sampled: int) -> None:
        self.due: deque[tuple[int, float]] = deque()
        self.free: deque[Line] = deque()  # the one that has rested longest is next
        self.statuses: Counter[str] = Counter()
        self.took_ms: list[float] = []
        self.shown: list[list[float]] = [[] for _ in range(sampled)]
        self.last = time.monotonic()
        self._requests = requests
        self._tokens = tokens

    def send(self) -> None:
        while self.due and self.free:
            self.free.popleft().send(next(self._requests), *self.due.popleft())

    def answered(self, number: int, due: float, status: str) -> None:
        self.last = now = time.monotonic()
        self.statuses[status] += 1
        self.took_ms.append((now - due) * 1000)
        viewer = number % self._tokens
        if status == "202" and viewer < len(self.shown):
            self.shown[viewer].append(now)


class Line(asyncio.Protocol):
    """A connection with at most one request on its way; answers come in one piece. One that is
    closed has another in its place."""

    def __init__(self, steady: Steady, port: int) -> None:
        self._steady, self._port = steady, port
        self._number, self._due = -1, 0.0

    async def open(self) -> None:
        await asyncio.get_running_loop().create_connection(lambda: self, "127.0.0.1", self._port)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._steady.free.append(self)

    def send(self, request: bytes, number: int, due: float) -> None:
        self._number, self._due = number, due
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._end(data[9:12].decode())
        self._steady.free.append(self)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._number >= 0:
            self._end("cut")
        else:
            self._steady.free.remove(self)
        self._opening = asyncio.create_task(self.open())

    def _end(self, status: str) -> None:
        self._steady.answered(self._number, self._due, status)
        self._number = -1


async def main(port: int, rate: float, seconds: float, connections: int, sampled: int) -> None:
    tokens = sys.stdin.read().split()
    whole = round(rate * seconds)
    steady = Steady(singles(tokens, whole), len(tokens), sampled)
    for _ in range(connections):
        await Line(steady, port).open()
    began = time.monotonic()
    number = 0
    while number < whole or (steady.due and time.monotonic() < began + seconds + 5):
        ready = min(int((time.monotonic() - began) * rate), whole)
        steady.due.extend((n, began + n / rate) for n in range(number, ready))
        number = max(number, ready)
        steady.send()
        await asyncio.sleep(TICK_S)
    # the last answers
    while len(steady.free) < connections and time.monotonic() < began + seconds + 10:  # noqa: ASYNC110
        await asyncio.sleep(TICK_S)
    told = {
        "statuses": steady.statuses,
        "took_s": steady.last - began,
        "took_ms": sorted(steady.took_ms),
        "late": len(steady.due),
        "shown": steady.shown,
    }
    sys.stdout.buffer.write(orjson.dumps(told))


if __name__ == "__main__":
    port, rate, seconds, connections, sampled = sys.argv[1:]
    uvloop.run(main(int(port), float(rate), float(seconds), int(connections), int(sampled)))
