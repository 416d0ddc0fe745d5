"""Brokers that cannot be reached: the error says what each was met with."""

import socket

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.client import AIOKafkaClient
from aiokafka.conn import AIOKafkaConnection
from aiokafka.errors import KafkaConnectionError

from client_gaps import tell_why_away


async def test_the_reason_is_told_of_each_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind, name in (AIOKafkaClient, "bootstrap"), (AIOKafkaConnection, "connect"):
        monkeypatch.setattr(kind, name, getattr(kind, name))  # to be put back
    tell_why_away()
    with socket.socket() as one, socket.socket() as other:  # bound, and not listening
        for each in (one, other):
            each.bind(("127.0.0.1", 0))
        ports = [each.getsockname()[1] for each in (one, other)]
        producer = AIOKafkaProducer(bootstrap_servers=[f"127.0.0.1:{port}" for port in ports])
        with pytest.raises(KafkaConnectionError) as caught:
            await producer.start()
        await producer.stop()
    for port in ports:
        assert f"127.0.0.1:{port}: [Errno 111]" in str(caught.value)
