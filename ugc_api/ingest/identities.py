"""What makes an event that event: its id and its time, given by the player or made here once."""

import os
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from ugc_api.problems import Problem
from ugc_events import ViewProgress
from ugc_events.limits import in_window
from ugc_events.wire import milliseconds

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def identity(
    event_id: UUID | UnsetType, event_time: datetime | UnsetType, received_at: datetime
) -> tuple[UUID, datetime]:
    """Id and time (UTC, whole milliseconds) of an event, from what its report says of them: what
    a repetition must repeat. Raises Problem 422."""
    if event_time is not UNSET:
        if not in_window(event_time, received_at):
            raise Problem(
                422,
                "event_time_out_of_window",
                "event_time must be at most 30 days old and 5 minutes ahead",
            )
        if event_time.tzinfo is not UTC:
            event_time = event_time.astimezone(UTC)
        event_time = _cut(event_time)
        return (new_event_id(received_at) if event_id is UNSET else event_id), event_time
    if event_id is UNSET:
        return new_event_id(received_at), received_at
    carried = _time_of(event_id)
    if carried is None or not in_window(carried, received_at):
        raise Problem(
            422,
            "event_time_required",
            "without event_time, event_id must be a UUIDv7 of the last 30 days",
        )
    return event_id, carried


def now() -> datetime:
    """The time as events hold it: UTC, cut to the millisecond."""
    return datetime.fromtimestamp(int(time.time() * 1000) / 1000, UTC)


def new_event_id(moment: datetime) -> UUID:
    """A UUIDv7 (RFC 9562): 48 bits of Unix milliseconds, then 74 random ones."""
    milliseconds = (moment - _EPOCH) // _MILLISECOND
    random = int.from_bytes(os.urandom(10), "big")
    low = 0b10 << 62 | random & (1 << 62) - 1
    return UUID(int=milliseconds << 80 | 0x7 << 76 | (random >> 62 & 0xFFF) << 64 | low)


def named(event: ViewProgress) -> dict[str, str]:
    """What a client has to repeat, to send the same event again."""
    event_id, event_time = msgspec.to_builtins((event.event_id, event.event_time))
    return {"event_id": event_id, "event_time": milliseconds(event_time)}


def _time_of(event_id: UUID) -> datetime | None:
    if event_id.version != 7:
        return None
    try:
        return _EPOCH + (event_id.int >> 80) * _MILLISECOND
    except OverflowError:
        return None


def _cut(moment: datetime) -> datetime:
    finer = moment.microsecond % 1000
    return moment.replace(microsecond=moment.microsecond - finer) if finer else moment
