"""Players over HTTP, as cheap as Python allows: the load must not cost more than what it loads.

Run as a program of its own, so that its CPU time is not the API's:
`python stress-testing/bench/players.py HOST PORT REQUESTS CONNECTIONS [--each EVENTS] [--seconds S]
[--accepted FILE]`, tokens one a line on stdin. Prints one JSON object: how often each status came,
milliseconds of those that were accepted, how many refusals did not say when to come back, and the
bytes of requests and answers.
"""

import argparse
import asyncio
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import cast
from uuid import UUID

import orjson
import uvloop

# as a program its folder is on the path, and not the one above
sys.path.insert(0, str(Path(__file__).parents[1]))

from percentiles import at

MADE_BEFOREHAND = 200_000


class Answers:
    """`statuses` by their three digits, `cut` for none; of each 202 the milliseconds and the id."""

    def __init__(self) -> None:
        self.statuses: Counter[str] = Counter()
        self.accepted_ms: list[float] = []
        self.accepted: list[str] = []
        self.without_retry_after = 0
        self.sent_bytes = self.received_bytes = 0
        self.took_s = 0.0

    def count(self, head: bytes, body: bytes, seconds: float) -> None:
        status = head[9:12].decode()
        self.statuses[status] += 1
        self.received_bytes += len(head) + 4 + len(body)
        if status == "202":
            self.accepted_ms.append(seconds * 1000)
            self.accepted.append(body[13:49].decode())
        else:
            self.without_retry_after += b"retry-after: " not in head.lower()

    def told(self) -> bytes:
        ordered = sorted(self.accepted_ms) or [0.0]
        p50, p99 = (at(ordered, share) for share in (0.5, 0.99))
        return orjson.dumps(
            {
                "statuses": self.statuses,
                "p50_ms": p50,
                "p99_ms": p99,
                "without_retry_after": self.without_retry_after,
                "per_second": sum(self.statuses.values()) / self.took_s,
                "sent_bytes": self.sent_bytes,
                "received_bytes": self.received_bytes,
            }
        )


class Connection(asyncio.Protocol):
    """Sends the next request when the last is answered, until there is none left."""

    def __init__(self, requests: Iterator[bytes], answers: Answers) -> None:
        self._requests = requests
        self._answers = answers
        self._buffer = b""
        self._sent = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._next()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, body = self._buffer.partition(b"\r\n\r\n")
        if not found:
            return
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        if len(body) < length:
            return
        self._answers.count(head, body, time.perf_counter() - self._sent)
        self._buffer = body[length:]
        self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self._answers.statuses["cut"] += 1
            self.done.set_result(None)

    def _next(self) -> None:
        request = next(self._requests, None)
        if request is None:
            self.done.set_result(None)
            self._transport.close()
        else:
            self._sent = time.perf_counter()
            self._answers.sent_bytes += len(request)
            self._transport.write(request)


def report(number: int, film: str = "") -> str:
    """With an id and a time of its own."""
    event_id = UUID(bytes=os.urandom(16), version=4)
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    return (
        f'{{{film}"progress":{number % 5400}.25,"total":5400,"event_id":"{event_id}",'
        f'"event_time":"{now}"}}'
    )


def singles(tokens: Sequence[str], requests: int) -> Iterator[bytes]:
    heads = [
        f"POST /api/v1/progresses/films/{UUID(int=7 + n)} HTTP/1.1\r\nHost: bench\r\n"
        f"Authorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: "
        for n, token in enumerate(tokens)
    ]
    for number in range(requests):
        body = report(number)
        yield f"{heads[number % len(heads)]}{len(body)}\r\n\r\n{body}".encode()


def batches(
    tokens: Sequence[str], requests: int, events: int, array: bool = False
) -> Iterator[bytes]:
    """As NDJSON, or each as one array."""
    kind = "json" if array else "x-ndjson"
    for number in range(requests):
        lines = (report(n, f'"film_id":"{UUID(int=7 + n % 50)}",') for n in range(events))
        body = f"[{','.join(lines)}]" if array else "\n".join(lines)
        yield (
            "POST /api/v1/progresses HTTP/1.1\r\nHost: bench\r\n"
            f"Authorization: Bearer {tokens[number % len(tokens)]}\r\n"
            f"Content-Type: application/{kind}\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        ).encode()


async def run(host: str, port: int, source: Iterator[bytes], connections: int) -> Answers:
    loop, answers, started = asyncio.get_running_loop(), Answers(), time.perf_counter()
    opened = [
        await loop.create_connection(lambda: Connection(source, answers), host, port)
        for _ in range(connections)
    ]
    await asyncio.gather(*(connection.done for _, connection in opened))
    answers.took_s = time.perf_counter() - started
    return answers


def for_seconds(source: Iterator[bytes], seconds: float) -> Iterator[bytes]:
    end = time.monotonic() + seconds
    for request in source:
        if time.monotonic() > end:
            return
        yield request


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("host")
    for number in ("port", "requests", "connections"):
        parser.add_argument(number, type=int)
    parser.add_argument("--each", type=int, default=0, help="events of a batch; 0 = single events")
    parser.add_argument("--array", type=int, default=0, help="1: a batch is a JSON array")
    parser.add_argument("--seconds", type=float, default=3600.0, help="then it ends in any case")
    parser.add_argument("--accepted", type=Path, help="file for the ids of accepted single events")
    chosen = parser.parse_args()
    tokens = sys.stdin.read().split()
    source = (
        batches(tokens, chosen.requests, chosen.each, bool(chosen.array))
        if chosen.each
        else singles(tokens, chosen.requests)
    )
    if chosen.requests <= MADE_BEFOREHAND:
        source = iter(list(source))  # so that making them takes nothing from who answers them
    timed = for_seconds(source, chosen.seconds)
    answers = uvloop.run(run(chosen.host, chosen.port, timed, chosen.connections))
    if chosen.accepted:
        chosen.accepted.write_text("\n".join(answers.accepted))
    sys.stdout.buffer.write(answers.told() + b"\n")


if __name__ == "__main__":
    main()
