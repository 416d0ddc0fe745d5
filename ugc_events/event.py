"""One report of a player: how far a viewer has come in a film."""

from datetime import datetime
from typing import Annotated, Final, Literal
from uuid import UUID

from msgspec import Meta, Struct

from ugc_events.limits import MAX_SECONDS

VERSION: Final = 1
"""Of the contract. A reader stops at a newer one: it must be deployed before the writers."""

NIL_FILM: Final = UUID(int=0)
"""Not a film: what the canary watches. Kept out of everything derived."""

Seconds = Annotated[float, Meta(ge=0, le=MAX_SECONDS, description="Seconds, to the millisecond.")]
Moment = Annotated[datetime, Meta(tz=True, description="RFC 3339 with a zone, to the millisecond.")]


class ViewProgress(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`user_id` had watched `film_id` up to `progress` of `total` seconds at `event_time`.

    Identity is (user_id, film_id, event_id): whatever arrives under it later is a repetition.
    `total` 0 means that the length is unknown; else `progress` is at most `total`.
    Seconds are whole milliseconds as floats, times are cut to the millisecond and in UTC.
    """

    v: Literal[1]
    user_id: UUID
    film_id: UUID
    event_id: UUID
    progress: Seconds
    total: Seconds
    event_time: Moment
    received_at: Moment


def partition_key(user_id: UUID) -> bytes:
    """The 16 raw bytes of the viewer's id: one viewer's events keep their order in the topic."""
    return user_id.bytes
