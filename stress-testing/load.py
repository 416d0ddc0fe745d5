"""Players over HTTP, as cheap as Python allows: the load must not cost more than what it loads.

Run as a program of its own, so that its CPU time is not the API's:
`python stress-testing/load.py HOST PORT EVENTS CONNECTIONS`, tokens one a line on stdin.
"""

import asyncio
import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from uuid import UUID


class Connection(asyncio.Protocol):
    """Sends the next request when the last is answered, until there is none left."""

    def __init__(self, requests: Iterator[bytes], answers: Counter[bytes]) -> None:
        self._requests = requests
        self._answers = answers
        self._buffer = b""
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  # TCP
        self._transport = transport
        self._next()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, body = self._buffer.partition(b"\r\n\r\n")
        if not found:
            return
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        if len(body) < length:
            return
        self._answers[head[9:12]] += 1
        self._buffer = body[length:]
        self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self._answers[b"cut"] += 1
            self.done.set_result(None)

    def _next(self) -> None:
        request = next(self._requests, None)
        if request is None:
            self.done.set_result(None)
            self._transport.close()
        else:
            self._transport.write(request)


def requests(tokens: Sequence[str], events: int) -> Iterator[bytes]:
    """Single-event POSTs, each with an id and a time of its own."""
    heads = [
        f"POST /api/v1/progresses/films/{UUID(int=7 + n)} HTTP/1.1\r\nHost: bench\r\n"
        f"Authorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: "
        for n, token in enumerate(tokens)
    ]
    for number in range(events):
        event_id = UUID(bytes=os.urandom(16), version=4)
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        body = (
            f'{{"progress":{number % 5400}.25,"total":5400,"event_id":"{event_id}",'
            f'"event_time":"{now}"}}'
        )
        yield f"{heads[number % len(heads)]}{len(body)}\r\n\r\n{body}".encode()


async def run(host: str, port: int, events: int, connections: int, tokens: Sequence[str]) -> int:
    """Prints how often each status came; 0 when every event was accepted."""
    loop, answers = asyncio.get_running_loop(), Counter[bytes]()
    source = requests(tokens, events)
    opened = [
        await loop.create_connection(lambda: Connection(source, answers), host, port)
        for _ in range(connections)
    ]
    await asyncio.gather(*(connection.done for _, connection in opened))
    counts = " ".join(f"{status.decode()}={count}" for status, count in sorted(answers.items()))
    sys.stdout.write(counts + "\n")
    return 0 if answers[b"202"] == events else 1


if __name__ == "__main__":
    sys.exit(
        asyncio.run(
            run(
                sys.argv[1],
                int(sys.argv[2]),
                int(sys.argv[3]),
                int(sys.argv[4]),
                sys.stdin.read().split(),
            )
        )
    )
