"""A player's report becomes an event, or a refusal that says which rule it breaks."""

import os
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from ugc_api.problems import Problem
from ugc_api.tokens import Viewer
from ugc_events import NIL_FILM, VERSION, ViewProgress
from ugc_events.event import Moment, Seconds
from ugc_events.limits import MAX_SECONDS, in_window

Length = Annotated[
    float,
    Meta(gt=0, le=MAX_SECONDS, description="Seconds, in milliseconds or coarser, and more than 0."),
]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class ProgressReport(Struct, frozen=True, forbid_unknown_fields=True):
    """What a player sends about one film. Fields that are absent are not `null`."""

    progress: Seconds
    total: Length
    event_time: Moment | UnsetType = UNSET
    event_id: UUID | UnsetType = UNSET
    user_id: UUID | UnsetType = UNSET


_report = msgspec.json.Decoder(ProgressReport)


def film(segment: str) -> UUID:
    """The film of an address. Raises Problem 422 `film_id_invalid`."""
    try:
        return msgspec.convert(segment, UUID)
    except msgspec.ValidationError:
        raise Problem(422, "film_id_invalid", "the film's id is not a UUID") from None


def event_of(body: bytes, film_id: UUID, viewer: Viewer, received_at: datetime) -> ViewProgress:
    """The event that `body` reports. Raises Problem: 422, or 403 for somebody else's event.

    `received_at` is in UTC and whole milliseconds. An event's time is stored as sent, never
    clamped: a clamp would give each retry another time.
    """
    report = _read(body)
    user_id = viewer.id if report.user_id is UNSET else report.user_id
    if user_id != viewer.id and not viewer.is_service:
        raise Problem(403, "user_mismatch", "user_id is not the subject of the token")
    if film_id == NIL_FILM and not viewer.is_service:
        raise Problem(422, "film_reserved", "the nil film is reserved")
    progress, total = _to_milliseconds(report.progress), _to_milliseconds(report.total)
    if not total > 0:
        raise Problem(422, "invalid_field", "total is less than a millisecond")
    if progress > total:
        raise Problem(422, "progress_beyond_total", "progress is greater than total")
    event_id, event_time = _identity(report, received_at)
    return ViewProgress(
        v=VERSION,
        user_id=user_id,
        film_id=film_id,
        event_id=event_id,
        progress=progress,
        total=total,
        event_time=event_time,
        received_at=received_at,
    )


def now() -> datetime:
    """The time as events hold it: UTC, cut to the millisecond."""
    return _cut(datetime.now(UTC))


def _read(body: bytes) -> ProgressReport:
    if not body:
        raise Problem(422, "body_empty", "the body is empty")
    try:
        report = _report.decode(body)
    except msgspec.ValidationError as error:
        code = "unknown_field" if "unknown field" in str(error) else "invalid_field"
        raise Problem(422, code, str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Problem(422, "invalid_json", str(error)) from None
    # A flat object whose strings hold no quotes: two for each name, two for each text.
    given = [report.event_time, report.event_id, report.user_id].count(UNSET)
    if body.count(b'"') != 4 + 4 * (3 - given):
        raise Problem(422, "repeated_field", "a field is given more than once")
    return report


def _identity(report: ProgressReport, received_at: datetime) -> tuple[UUID, datetime]:
    """What a repetition must repeat: the id of the event and its time."""
    given, event_time = report.event_id, report.event_time
    if event_time is not UNSET:
        if not in_window(event_time, received_at):
            raise Problem(
                422,
                "event_time_out_of_window",
                "event_time must be at most 30 days old and 5 minutes ahead",
            )
        event_time = _cut(event_time.astimezone(UTC))
        return (new_event_id(received_at) if given is UNSET else given), event_time
    if given is UNSET:
        return new_event_id(received_at), received_at
    carried = _time_of(given)
    if carried is None or not in_window(carried, received_at):
        raise Problem(
            422,
            "event_time_required",
            "without event_time, event_id must be a UUIDv7 of the last 30 days",
        )
    return given, carried


def new_event_id(moment: datetime) -> UUID:
    """A UUIDv7 (RFC 9562): 48 bits of Unix milliseconds, then 74 random ones."""
    milliseconds = (moment - _EPOCH) // _MILLISECOND
    random = int.from_bytes(os.urandom(10), "big")
    low = 0b10 << 62 | random & (1 << 62) - 1
    return UUID(int=milliseconds << 80 | 0x7 << 76 | (random >> 62 & 0xFFF) << 64 | low)


def _time_of(event_id: UUID) -> datetime | None:
    if event_id.version != 7:
        return None
    try:
        return _EPOCH + (event_id.int >> 80) * _MILLISECOND
    except OverflowError:
        return None


def _cut(moment: datetime) -> datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _to_milliseconds(seconds: float) -> float:
    return round(seconds, 3) + 0.0  # -0.0 + 0.0 is 0.0
