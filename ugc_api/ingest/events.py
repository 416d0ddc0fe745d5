"""A report of a viewer becomes an event, or a refusal that says which rule it breaks."""

from datetime import datetime
from uuid import UUID

from msgspec import UNSET, UnsetType

from ugc_api.access.tokens import Viewer
from ugc_api.ingest.identities import identity
from ugc_api.ingest.reports import ProgressReport, ViewOffset
from ugc_api.problems import Problem
from ugc_events import NIL_FILM, VERSION, ViewProgress


def event_of(
    report: ProgressReport, film_id: UUID, viewer: Viewer, received_at: datetime
) -> ViewProgress:
    """The event that `report` tells of. Raises Problem: 422, or 403 for somebody else's event.

    `received_at` is in UTC and whole milliseconds. An event's time is stored as sent, never
    clamped: a clamp would give each retry another time.
    """
    user_id = _owner(report.user_id, viewer)
    _check_film(film_id, viewer)
    progress, total = _to_milliseconds(report.progress), _to_milliseconds(report.total)
    if not total > 0:
        raise Problem(422, "invalid_field", "total is less than a millisecond")
    if progress > total:
        raise Problem(422, "progress_beyond_total", "progress is greater than total")
    event_id, event_time = identity(report.event_id, report.event_time, received_at)
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


def event_of_offset(report: ViewOffset, viewer: Viewer, received_at: datetime) -> ViewProgress:
    """The same for a report without the film's length: `total` is 0."""
    user_id = _owner(report.user_id, viewer)
    _check_film(report.movie_id, viewer)
    event_id, event_time = identity(report.event_id, report.event_time, received_at)
    return ViewProgress(
        v=VERSION,
        user_id=user_id,
        film_id=report.movie_id,
        event_id=event_id,
        progress=report.movie_time_offset / 1000,
        total=0.0,
        event_time=event_time,
        received_at=received_at,
    )


def _owner(claimed: UUID | UnsetType, viewer: Viewer) -> UUID:
    if claimed is UNSET:
        return viewer.id
    if claimed != viewer.id and not viewer.is_service:
        raise Problem(403, "user_mismatch", "user_id is not the subject of the token")
    return claimed


def _check_film(film_id: UUID, viewer: Viewer) -> None:
    if film_id.int == NIL_FILM.int and not viewer.is_service:
        raise Problem(422, "film_reserved", "the nil film is reserved")


def _to_milliseconds(seconds: float) -> float:
    return round(seconds, 3) + 0.0  # -0.0 + 0.0 is 0.0
