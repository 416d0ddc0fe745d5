"""Writing to a connection that the other side reset a moment ago.

asyncio's own loop says nothing, uvloop raises RuntimeError. aiokafka is ready for OSError only, and
what runs in its background (sending batches, fetching, metadata) dies of it without a word: the
process lives, and neither publishes nor reads ever again.
"""

from functools import wraps
from typing import Any

from aiokafka.conn import AIOKafkaConnection, CloseReason
from aiokafka.errors import KafkaConnectionError, KafkaError


def name_broken_connections() -> None:
    """For all clients of this process; to be called once, before any of them connects."""
    send = AIOKafkaConnection.send
    if hasattr(send, "__wrapped__"):
        return

    @wraps(send)
    def named(self: AIOKafkaConnection, *request: Any, **options: Any) -> Any:
        try:
            return send(self, *request, **options)
        except RuntimeError as error:
            if isinstance(error, KafkaError):  # a RuntimeError too
                raise
            self.close(reason=CloseReason.CONNECTION_BROKEN, exc=error)
            raise KafkaConnectionError(f"{self} is broken: {error}") from error

    AIOKafkaConnection.send = named
