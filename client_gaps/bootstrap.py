"""A client that cannot connect and does not say why.

aiokafka logs what it met with at each broker, and raises "Unable to bootstrap" alone: a wrong
password or a foreign certificate looks like brokers that are away.
"""

from contextvars import ContextVar
from functools import wraps
from typing import Any

from aiokafka.client import AIOKafkaClient
from aiokafka.conn import AIOKafkaConnection
from aiokafka.errors import KafkaConnectionError, KafkaError

_met_with: ContextVar[list[str] | None] = ContextVar("met_with", default=None)
"""What the bootstrap that goes on in this task met with, broker by broker."""


def tell_why_away() -> None:
    """For all clients of this process; to be called once, before any of them connects."""
    bootstrap, connect = AIOKafkaClient.bootstrap, AIOKafkaConnection.connect
    if hasattr(bootstrap, "__wrapped__"):
        return

    @wraps(connect)
    async def noting(self: AIOKafkaConnection) -> Any:
        try:
            return await connect(self)
        except (KafkaError, OSError, TimeoutError) as error:
            if (noted := _met_with.get()) is not None:
                noted.append(f"{self.host}:{self.port}: {str(error) or type(error).__name__}")
            raise

    @wraps(bootstrap)
    async def telling(self: AIOKafkaClient) -> None:
        noted: list[str] = []
        token = _met_with.set(noted)
        try:
            await bootstrap(self)
        except KafkaConnectionError as error:
            raise KafkaConnectionError("; ".join(noted) or error.args[0]) from None
        finally:
            _met_with.reset(token)

    AIOKafkaConnection.connect, AIOKafkaClient.bootstrap = noting, telling
