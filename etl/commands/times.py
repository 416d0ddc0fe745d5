"""Times as an operator gives them: RFC 3339 with a zone, or how long ago, as `30m`, `2h`, `7d`."""

import argparse
import re
from datetime import UTC, datetime, timedelta

_AGO = re.compile(r"([0-9]{1,9})([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_RFC_3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
"""Kafka knows no time before it."""


def moment(text: str, now: datetime) -> datetime:
    """The time meant by `text` at `now`, in UTC. Raises ValueError, which says what is expected."""
    ago = _AGO.fullmatch(text)
    if not ago and not _RFC_3339.fullmatch(text):
        raise ValueError(f"{text!r} is neither like 2026-11-23T18:30:00Z nor like 30m, 2h or 7d")
    try:
        found = now - timedelta(**{_UNITS[ago[2]]: int(ago[1])}) if ago else _rfc_3339(text)
    except (OverflowError, ValueError):
        raise ValueError(f"there is no such time as {text!r}") from None
    if found < _FIRST:
        raise ValueError(f"{text!r} is before 1970")
    return found


def a_moment(text: str) -> datetime:
    """`moment` of now, as the `type` of an argument. Raises argparse.ArgumentTypeError."""
    try:
        return moment(text, datetime.now(UTC))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _rfc_3339(text: str) -> datetime:
    return datetime.fromisoformat(text.upper()).astimezone(UTC)
