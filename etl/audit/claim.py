"""What a record says, as far as it can be held against a row: who, what, when.

Read by the JSON library and nothing of the contract. Whatever `ugc_events.decode` reads is read
here, as ClickHouse reads it; what the contract refuses for finer reasons may be read as well.
"""

import struct
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import orjson

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_CONTENT = struct.Struct("<iiq")


class Claim(NamedTuple):
    """In ClickHouse's own bytes (RowBinary), so that comparing is comparing bytes."""

    identity: bytes
    """`user_id`, `film_id`, `event_id`: 16 bytes each."""
    content: bytes
    """`progress` and `total` in ms as Int32, `event_time` in ms as Int64."""
    received_at: int
    """Milliseconds since 1970."""

    @property
    def event_id(self) -> UUID:
        return UUID(bytes=_halves_turned(self.identity[32:]))

    @property
    def month(self) -> int:
        """Of `event_time` in UTC, as 202611."""
        _, _, milliseconds = _CONTENT.unpack(self.content)
        moment: datetime = _EPOCH + milliseconds * _MILLISECOND
        return moment.year * 100 + moment.month


def read(value: bytes | None) -> Claim | None:
    """None for what has no identity or no content."""
    try:
        said = orjson.loads(value or b"")
        return Claim(
            _id(said["user_id"]) + _id(said["film_id"]) + _id(said["event_id"]),
            _CONTENT.pack(
                _milliseconds(said["progress"]),
                _milliseconds(said["total"]),
                _time(said["event_time"]),
            ),
            _time(said["received_at"]),
        )
    # Foreign bytes may say anything in any place; these are all the ways not to be an event.
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, struct.error):
        return None


def _id(text: Any) -> bytes:
    sixteen = bytes.fromhex(text.replace("-", ""))
    if len(sixteen) != 16:
        raise ValueError("no UUID")
    return _halves_turned(sixteen)


def _halves_turned(sixteen: bytes) -> bytes:
    """A UUID to and from RowBinary: two numbers of 64 bits, each with its last byte first."""
    return sixteen[7::-1] + sixteen[:7:-1]


def _milliseconds(seconds: Any) -> int:
    if type(seconds) not in (int, float):  # a text can be multiplied too, and truth is an int
        raise TypeError("no number")
    rounded: int = round(seconds * 1000)
    return rounded


def _time(text: Any) -> int:
    # To whole milliseconds downwards, as ClickHouse reads it. Without a zone it is no moment: the
    # subtraction raises TypeError.
    since: timedelta = datetime.fromisoformat(text.upper()) - _EPOCH
    return since // _MILLISECOND
