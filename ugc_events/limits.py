"""What an event may hold. HTTP and the topic are held to the same numbers."""

from datetime import UTC, datetime, timedelta

MAX_SECONDS = 604_800
"""A week: the longest film, and the furthest position in it. As Decimal(9,3) it has room."""

MAX_BEHIND = timedelta(days=30)
"""How old an event may be when it arrives: a device that was offline for a holiday."""

MAX_AHEAD = timedelta(minutes=5)
"""How far a device's clock may run ahead of ours."""

_AT_THE_EARLIEST = -MAX_AHEAD

RECEIVED_SINCE = datetime(2020, 1, 1, tzinfo=UTC)
RECEIVED_BEFORE = datetime(2100, 1, 1, tzinfo=UTC)
"""Bounds of `received_at`, wide enough for any clock of ours. With the two above they keep every
time inside what ClickHouse's DateTime64 holds, and the number of monthly partitions finite."""


def in_window(event_time: datetime, received_at: datetime) -> bool:
    """Whether an event of `event_time` may arrive at `received_at` (both with a zone)."""
    return _AT_THE_EARLIEST <= received_at - event_time <= MAX_BEHIND
