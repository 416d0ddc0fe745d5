"""What passes through a proxy, cut into messages: plain bytes, HTTP to ClickHouse, or Kafka's.

Each kind of framing is made anew for every connection, and remembers what was asked on it: an
answer names its request.
"""

from asyncio import StreamReader
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

PIECE = 64 * 1024
INSERT, PRODUCE, COMMIT = "INSERT", "Produce", "OffsetCommit"
KAFKA_KEYS = {0: PRODUCE, 8: COMMIT}


@dataclass(frozen=True)
class Message:
    """`data` is all of it as it goes over the wire, `body` what an INSERT brings."""

    data: bytes
    kind: str = ""
    body: bytes = b""
    answers: "Message | None" = None

    def asks(self, kind: str) -> bool:
        return self.kind == kind

    def answers_to(self, kind: str) -> bool:
        return self.answers is not None and self.answers.kind == kind


class Framing(Protocol):
    """Both end with the stream; a message cut short raises IncompleteReadError."""

    def requests(self, reader: StreamReader) -> AsyncIterator[Message]: ...
    def answers(self, reader: StreamReader) -> AsyncIterator[Message]: ...


async def _pieces(reader: StreamReader) -> AsyncIterator[bytes]:
    while piece := await reader.read(PIECE):
        yield piece


class Plain:
    async def requests(self, reader: StreamReader) -> AsyncIterator[Message]:
        async for piece in _pieces(reader):
            yield Message(piece)

    answers = requests


class Http:
    """One request after the other, with a length; an answer comes in pieces."""

    def __init__(self) -> None:
        self._asked: Message | None = None

    async def requests(self, reader: StreamReader) -> AsyncIterator[Message]:
        while not reader.at_eof():
            head = await reader.readuntil(b"\r\n\r\n")
            first, *headers = head.split(b"\r\n")
            length = 0
            for header in headers:
                name, _, value = header.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
            body = await reader.readexactly(length)
            kind = INSERT if b"query=INSERT" in first else ""
            self._asked = Message(head + body, kind, body)
            yield self._asked

    async def answers(self, reader: StreamReader) -> AsyncIterator[Message]:
        async for piece in _pieces(reader):
            yield Message(piece, answers=self._asked)


class Kafka:
    """Four bytes of length; a request has its key in the next two, a number in 4 to 8."""

    def __init__(self) -> None:
        self._asked: dict[bytes, Message] = {}

    async def requests(self, reader: StreamReader) -> AsyncIterator[Message]:
        async for frame in self._frames(reader):
            key = int.from_bytes(frame[4:6], "big")
            message = Message(frame, KAFKA_KEYS.get(key, ""))
            self._asked[frame[8:12]] = message
            yield message

    async def answers(self, reader: StreamReader) -> AsyncIterator[Message]:
        async for frame in self._frames(reader):
            yield Message(frame, answers=self._asked.pop(frame[4:8], None))

    async def _frames(self, reader: StreamReader) -> AsyncIterator[bytes]:
        while not reader.at_eof():
            length = await reader.readexactly(4)
            yield length + await reader.readexactly(int.from_bytes(length, "big"))
