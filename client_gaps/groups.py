"""A consumer that would go on as if nothing were wrong.

- A broker that is not (or not yet) the group's coordinator says so in OffsetFetch's own error
  code, beside an empty list of partitions. aiokafka reads only the list, and takes a failover of
  the coordinator for "nothing was ever committed".
- An error raised by `getmany` leaves it marked as polling for good: `max_poll_interval` is never
  noticed again.
- The other way round, a member that waits for its partitions does not call `getmany` (it would
  wait without a limit), counts as idle, and after `max_poll_interval` never rejoins; and what
  ended its coordination is told to nobody.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from time import monotonic
from typing import Any

from aiokafka import AIOKafkaConsumer, OffsetAndMetadata, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import (
    GroupCoordinatorNotAvailableError,
    NotCoordinatorForGroupError,
    for_code,
)

_MOVED = (GroupCoordinatorNotAvailableError, NotCoordinatorForGroupError)


def close_gaps(consumer: AIOKafkaConsumer) -> None:
    """To be called on a started consumer before it subscribes."""
    coordinator, subscription = consumer._coordinator, consumer._subscription
    coordinator._send_req = _checked(coordinator._send_req, coordinator.coordinator_dead)

    @contextmanager
    def fetch_context() -> Iterator[None]:
        subscription._fetch_count += 1
        try:
            yield
        finally:
            subscription._fetch_count -= 1
            subscription._last_fetch_ended = monotonic()

    subscription.fetch_context = fetch_context


def check_offset_fetch(admin: AIOKafkaAdminClient) -> None:
    """The first gap in the admin client, which has it too."""
    admin._send_request = _checked(admin._send_request, lambda: None)


def polling(consumer: AIOKafkaConsumer) -> AbstractContextManager[None]:
    """While it lasts the member is not idle, though nothing is fetched."""
    context: AbstractContextManager[None] = consumer._subscription.fetch_context()
    return context


def raise_group_errors(consumer: AIOKafkaConsumer) -> None:
    """What `getmany` would raise of the group's coordination, without fetching."""
    consumer._coordinator.check_errors()


async def committed(
    consumer: AIOKafkaConsumer, partitions: Iterable[TopicPartition]
) -> Mapping[TopicPartition, OffsetAndMetadata]:
    """Offsets with their metadata, which `consumer.committed` drops."""
    found: Mapping[
        TopicPartition, OffsetAndMetadata
    ] = await consumer._coordinator.fetch_committed_offsets(list(partitions))
    return found


def _checked(
    send: Callable[..., Awaitable[Any]], moved: Callable[[], None]
) -> Callable[..., Awaitable[Any]]:
    async def checked(*request: Any) -> Any:
        response = await send(*request)
        # Of the answers a consumer gets, only this one has both an error and errors by partition.
        if type(response).__name__.startswith("OffsetFetchResponse"):
            code = getattr(response, "error_code", 0)
            if code:
                error = for_code(code)
                if error in _MOVED:
                    moved()
                raise error()
        return response

    return checked
