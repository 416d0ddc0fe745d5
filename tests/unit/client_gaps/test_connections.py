"""A connection that the broker has just reset, on the loop that the services run on."""

import asyncio
import socket
import struct

import pytest
import uvloop
from aiokafka.conn import AIOKafkaConnection
from aiokafka.errors import KafkaConnectionError
from aiokafka.protocol.admin import ApiVersionRequest

from client_gaps import name_broken_connections

RESET_ON_CLOSE = struct.pack("ii", 1, 0)


def test_writing_to_it_is_an_error_of_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AIOKafkaConnection, "send", AIOKafkaConnection.send)  # to be put back
    name_broken_connections()
    with pytest.raises(KafkaConnectionError, match="is broken: unable to perform operation"):
        uvloop.run(write_after_reset())


async def write_after_reset() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    connection = AIOKafkaConnection(*listener.getsockname())
    reader, writer = await asyncio.open_connection(*listener.getsockname())
    connection._reader, connection._writer = reader, writer
    broker, _ = listener.accept()
    broker.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
    broker.close()
    listener.close()
    async with asyncio.timeout(5):
        while reader.exception() is None:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.01)
    connection._read_task = asyncio.create_task(asyncio.sleep(0))
    connection.send(ApiVersionRequest())
