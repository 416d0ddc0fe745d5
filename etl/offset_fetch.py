"""A gap in aiokafka 0.13 and 0.14, closed here.

From OffsetFetch v2 on, a broker that is not (or not yet) the group's coordinator says so in the
answer's own error code, beside an empty list of partitions. aiokafka reads only the list, and
takes a failover of the coordinator for "nothing was ever committed". With the error raised, its
own retries do the right thing.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import (
    GroupCoordinatorNotAvailableError,
    NotCoordinatorForGroupError,
    for_code,
)

_MOVED = (GroupCoordinatorNotAvailableError, NotCoordinatorForGroupError)


def raise_errors_of_offset_fetch(consumer: AIOKafkaConsumer) -> None:
    """To be called on a started consumer before it subscribes."""
    coordinator = consumer._coordinator
    send: Callable[[Any], Awaitable[Any]] = coordinator._send_req

    async def checked(request: Any) -> Any:
        response = await send(request)
        # Only OffsetFetch has both; its partitions carry errors of their own as well.
        if type(response).__name__.startswith("OffsetFetchResponse"):
            code = getattr(response, "error_code", 0)
            if code:
                error = for_code(code)
                if error in _MOVED:
                    coordinator.coordinator_dead()
                raise error()
        return response

    coordinator._send_req = checked
