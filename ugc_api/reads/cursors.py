"""Where a walk through a viewer's list goes on: a place in it, and the moment it is a picture of.

A cursor is no secret and gives no rights: whoever changes one walks through the same viewer's
films in another way.
"""

import base64
import binascii
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from ugc_api.reads.problems import problem

MAX_CHARACTERS = 200
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_MILLISECONDS_OF_2100 = 4_102_444_800_000

Moment = Annotated[int, Meta(ge=0, lt=_MILLISECONDS_OF_2100)]
Version = Annotated[str, Meta(pattern="^(0|[1-9][0-9]{0,38})$")]


class Cursor(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What follows the row (`version`, `film_id`) among the events received until `until`, Unix
    milliseconds. `version` is a UInt128, as digits."""

    until: Moment
    version: Version
    film_id: UUID
    v: Literal[1] = 1

    @classmethod
    def start(cls, moment: datetime) -> "Cursor":
        """Before the first row of a walk that is a picture of `moment`."""
        return cls((moment - _EPOCH) // _MILLISECOND, str(2**128 - 1), UUID(int=2**128 - 1))

    @classmethod
    def read(cls, text: str) -> "Cursor":
        """Only what `str` has made. Raises Problem 422 `cursor_invalid`."""
        try:
            cursor = _decoder.decode(base64.urlsafe_b64decode(_padded(text)))
        except (msgspec.DecodeError, binascii.Error, ValueError):
            raise problem("cursor_invalid") from None
        if str(cursor) != text or int(cursor.version) >= 2**128:
            raise problem("cursor_invalid")
        return cursor

    @property
    def moment(self) -> datetime:
        return _EPOCH + self.until * _MILLISECOND

    def after(self, version: str, film_id: UUID) -> "Cursor":
        """Of the same walk, behind that row."""
        return Cursor(self.until, version, film_id)

    def __str__(self) -> str:
        return base64.urlsafe_b64encode(msgspec.json.encode(self)).rstrip(b"=").decode()


_decoder = msgspec.json.Decoder(Cursor)


def _padded(text: str) -> bytes:
    if len(text) > MAX_CHARACTERS:
        raise ValueError("longer than any cursor")
    return text.encode("ascii") + b"=" * (-len(text) % 4)
