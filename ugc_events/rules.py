"""What the types of an event cannot say."""

from datetime import UTC, datetime
from typing import Protocol

from ugc_events.limits import RECEIVED_BEFORE, RECEIVED_SINCE, in_window

_TO_WHOLE = 1.5 * 2**52
"""Added to a number below 2**51 and taken away again, it leaves the nearest whole one: `round`
without a call."""


class Measured(Protocol):
    """The fields the rules are about."""

    @property
    def progress(self) -> float: ...
    @property
    def total(self) -> float: ...
    @property
    def event_time(self) -> datetime: ...
    @property
    def received_at(self) -> datetime: ...


def broken_rule(event: Measured) -> str | None:
    """The first rule that the event breaks, in words; None if it keeps them all."""
    event_time, received_at = event.event_time, event.received_at
    progress, total = event.progress, event.total
    if not RECEIVED_SINCE <= received_at < RECEIVED_BEFORE:
        return "received_at is not a time of this service"
    if not in_window(event_time, received_at):
        return "event_time is too far from received_at"
    if progress > total > 0:
        return "progress is beyond total"
    if (
        event_time.tzinfo is not UTC
        or received_at.tzinfo is not UTC
        or event_time.microsecond % 1000
        or received_at.microsecond % 1000
    ):
        return "a time is not in UTC or finer than a millisecond"
    # The quotient is the double nearest to that decimal, as parsing its text is.
    if (progress * 1000 + _TO_WHOLE - _TO_WHOLE) / 1000 != progress or (
        total * 1000 + _TO_WHOLE - _TO_WHOLE
    ) / 1000 != total:
        return "seconds are finer than a millisecond"
    return None
