"""What players send: the shapes of a report, one per route, and how its bytes are read."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Protocol, TypeVar
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from ugc_api.problems import Problem
from ugc_events.event import Moment, Seconds
from ugc_events.limits import MAX_SECONDS

Length = Annotated[
    float,
    Meta(gt=0, le=MAX_SECONDS, description="Seconds, in milliseconds or coarser, and more than 0."),
]
Milliseconds = Annotated[
    int, Meta(ge=0, le=MAX_SECONDS * 1000, description="Milliseconds, written as a whole number.")
]


EventTime = Annotated[
    Moment,
    Meta(description="When: at most 30 days ago, 5 minutes ahead; else event_id's."),
]
EventId = Annotated[
    UUID,
    Meta(description="Any UUID beside an event_time; alone a UUIDv7, whose time counts."),
]
UserId = Annotated[UUID, Meta(description="Only the token's own sub, or any by a service.")]
FilmId = Annotated[UUID, Meta(description="The film.")]


class Report(Protocol):
    """What every shape can say of itself."""

    @property
    def quotes(self) -> int:
        """How many `"` its JSON has when no field is repeated: two for each name, two for each
        text, and no text of a report holds one itself."""


class ProgressReport(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How far one film was watched. Fields that are absent are not `null`."""

    progress: Seconds
    total: Length
    event_time: EventTime | UnsetType = UNSET
    event_id: EventId | UnsetType = UNSET
    user_id: UserId | UnsetType = UNSET

    @property
    def quotes(self) -> int:
        return 4 + 4 * _given(self.event_time, self.event_id, self.user_id)


class FilmProgressReport(ProgressReport, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The same in a batch, where each report names its film."""

    film_id: FilmId

    @property
    def quotes(self) -> int:
        return 8 + 4 * _given(self.event_time, self.event_id, self.user_id)


class ViewOffset(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How far one film was watched, its length unknown. `created_at` is ignored."""

    movie_id: FilmId
    movie_time_offset: Milliseconds
    user_id: UserId | UnsetType = UNSET
    created_at: str | int | float | UnsetType | None = UNSET
    event_time: EventTime | UnsetType = UNSET
    event_id: EventId | UnsetType = UNSET

    @property
    def quotes(self) -> int:
        created = 0 if self.created_at is UNSET else 4 if isinstance(self.created_at, str) else 2
        return 6 + created + 4 * _given(self.event_time, self.event_id, self.user_id)


_MOST_TOLD = 200  # characters: an unknown field's name may be as long as the body
R = TypeVar("R", bound=Report)


def read(decoder: msgspec.json.Decoder[R], body: bytes) -> R:
    """The report in `body`. Raises Problem 422."""
    if not body:
        raise Problem(422, "body_empty", "the body is empty")
    try:
        report = decoder.decode(body)
    except msgspec.ValidationError as error:
        code = "unknown_field" if "unknown field" in str(error) else "invalid_field"
        raise Problem(422, code, str(error)[:_MOST_TOLD]) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Problem(422, "invalid_json", str(error)[:_MOST_TOLD]) from None
    if body.count(b'"') != report.quotes:
        raise Problem(422, "repeated_field", "a field is given more than once")
    return report


def read_all(decoder: msgspec.json.Decoder[list[R]], bodies: Sequence[bytes]) -> Sequence[R] | None:
    """The reports in `bodies`, if each is one, at two thirds of what `read` costs for each; else
    None, and `read` says of each what is wrong."""
    # No text of a report holds `},{`, so each body is one object or several; and as many objects as
    # bodies are one each.
    if not all(body.startswith(b"{") and body.endswith(b"}") for body in bodies):
        return None
    array = b"[%b]" % b",".join(bodies)
    try:
        reports = decoder.decode(array)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    # None has less than its quotes, so each has as many if the sums are equal.
    whole = len(reports) == len(bodies) and array.count(b'"') == sum(r.quotes for r in reports)
    return reports if whole else None


def film(segment: str) -> UUID:
    """The film of an address. Raises Problem 422 `film_id_invalid`."""
    try:
        return msgspec.convert(segment, UUID)
    except msgspec.ValidationError:
        raise Problem(422, "film_id_invalid", "the film's id is not a UUID") from None


def _given(
    event_time: datetime | UnsetType, event_id: UUID | UnsetType, user_id: UUID | UnsetType
) -> int:
    return (event_time is not UNSET) + (event_id is not UNSET) + (user_id is not UNSET)
