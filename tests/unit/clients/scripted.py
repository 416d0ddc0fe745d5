"""A real HTTP server that answers as its script says, and a device whose clocks a test turns."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any

from clients.python.ugc_client import Event

NOON = 1_800_000_000.0  # a Unix time, seconds


@dataclass(frozen=True)
class Answer:
    status: int
    body: object = None
    headers: dict[str, str] = field(default_factory=dict)
    meanwhile: Callable[[], None] = lambda: None  # happens while the client waits for it


NO_ANSWER = Answer(0)  # the connection is reset
TAKEN = Answer(202, {})


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def events(self) -> list[dict[str, Any]]:
        plain = gzip.decompress(self.body) if "content-encoding" in self.headers else self.body
        return [json.loads(line) for line in plain.splitlines()]


class Server:
    """Answers as its script says, and with 202 at the script's end; OPTIONS, by which clients ask
    for the time, has a script of its own. `now` gives the time of `Date`, None for no `Date`."""

    def __init__(self, now: Callable[[], float | None]) -> None:
        self.url = ""
        self.now = now
        self.requests: list[Request] = []  # but OPTIONS
        self.clock_questions = 0
        self.most_at_once = 0
        self._at_once = 0
        self._script: list[Answer] = []
        self._clock_script: list[Answer] = []

    def will_answer(self, *answers: Answer) -> None:
        self._script = list(answers)

    def will_answer_clock(self, *answers: Answer) -> None:
        self._clock_script = list(answers)

    @property
    def posted(self) -> list[list[dict[str, Any]]]:
        """The events of each POST."""
        return [request.events for request in self.requests if request.method == "POST"]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while (request := await _read(reader)) is not None:
                self._at_once += 1
                self.most_at_once = max(self.most_at_once, self._at_once)
                answer = self._answer(request)
                await asyncio.sleep(0.001)  # time for a second request to come, if there were one
                answer.meanwhile()
                self._at_once -= 1
                if answer is NO_ANSWER:
                    break
                writer.write(self._bytes(answer))
                await writer.drain()
        writer.transport.abort()

    def _answer(self, request: Request) -> Answer:
        if request.method == "OPTIONS":
            self.clock_questions += 1
            return self._clock_script.pop(0) if self._clock_script else Answer(204)
        self.requests.append(request)
        return self._script.pop(0) if self._script else TAKEN

    def _bytes(self, answer: Answer) -> bytes:
        body = b"" if answer.status == 204 else _encoded(answer.body)
        now = self.now()
        headers = {"Content-Length": str(len(body)), "Content-Type": _kind(answer)}
        headers |= answer.headers
        if now is not None:
            headers["Date"] = formatdate(int(now), usegmt=True)
        lines = [f"HTTP/1.1 {answer.status} x", *(f"{k}: {v}" for k, v in headers.items()), "", ""]
        return "\r\n".join(lines).encode() + body


@asynccontextmanager
async def serving(now: Callable[[], float | None]) -> AsyncIterator[Server]:
    server = Server(now)
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.url = "http://127.0.0.1:{1}".format(*listener.sockets[0].getsockname())
    async with listener:
        yield server


async def _read(reader: asyncio.StreamReader) -> Request | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    except asyncio.IncompleteReadError:
        return None
    method, path, _ = head[0].split()
    pairs = (line.split(": ", 1) for line in head[1:] if line)
    headers = {name.lower(): value for name, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(method, path, headers, body)


def _kind(answer: Answer) -> str:
    """As the API has it; text is of something in between."""
    if isinstance(answer.body, str):
        return "text/html"
    return "application/json" if answer.status < 400 else "application/problem+json"


def _encoded(body: object) -> bytes:
    return body.encode() if isinstance(body, str) else json.dumps(body).encode()


class Device:
    """Its clocks stand still unless turned; pauses pass at once, and are noted."""

    def __init__(self) -> None:
        self.wall_s = NOON
        self.monotonic_s = 5000.0
        self.pauses: list[float] = []

    def wall(self) -> float:
        return self.wall_s

    def monotonic(self) -> float:
        return self.monotonic_s

    def passes(self, seconds: float) -> None:
        self.wall_s += seconds
        self.monotonic_s += seconds

    async def sleep(self, seconds: float) -> None:
        if seconds:
            self.pauses.append(seconds)
            self.passes(seconds)
        await asyncio.sleep(0)


@dataclass
class Told:
    """What the application was told."""

    dropped: list[tuple[str, str]] = field(default_factory=list)  # event id and code
    unauthorized: int = 0

    def on_dropped(self, event: Event, code: str) -> None:
        self.dropped.append((event.event_id, code))

    def on_unauthorized(self) -> None:
        self.unauthorized += 1


def ids(events: list[dict[str, Any]]) -> list[str]:
    return [event["event_id"] for event in events]
