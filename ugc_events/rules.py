"""What the types of an event cannot say."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Protocol

from ugc_events.limits import RECEIVED_BEFORE, RECEIVED_SINCE, in_window

_TO_WHOLE = 1.5 * 2**52
"""Added to a number below 2**51 and taken away again, it leaves the nearest whole one: `round`
without a call."""


class Watched(Protocol):
    @property
    def progress(self) -> float: ...
    @property
    def total(self) -> float: ...


class Measured(Watched, Protocol):
    """The fields the rules are about."""

    @property
    def event_time(self) -> datetime: ...
    @property
    def received_at(self) -> datetime: ...


def are_seconds(events: Iterable[Watched]) -> bool:
    """Whether each film can have been watched so far, told in whole milliseconds."""
    for event in events:
        progress, total = event.progress, event.total
        # The quotient is the double nearest to that decimal, as parsing its text is.
        if (
            progress > total > 0
            or (progress * 1000 + _TO_WHOLE - _TO_WHOLE) / 1000 != progress
            or (total * 1000 + _TO_WHOLE - _TO_WHOLE) / 1000 != total
        ):
            return False
    return True


def is_receipt(moment: datetime) -> bool:
    """Whether this service can have received anything then."""
    return RECEIVED_SINCE <= moment < RECEIVED_BEFORE


def broken_rule(event: Measured) -> str | None:
    """The first rule that the event breaks, in words; None if it keeps them all."""
    event_time, received_at = event.event_time, event.received_at
    if not is_receipt(received_at):
        return "received_at is not a time of this service"
    if not in_window(event_time, received_at):
        return "event_time is too far from received_at"
    if event.progress > event.total > 0:
        return "progress is beyond total"
    if not are_seconds((event,)):
        return "seconds are finer than a millisecond"
    if (
        event_time.tzinfo is not UTC
        or received_at.tzinfo is not UTC
        or event_time.microsecond % 1000
        or received_at.microsecond % 1000
    ):
        return "a time is not in UTC or finer than a millisecond"
    return None
