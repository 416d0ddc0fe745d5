"""What viewers read back: where they stopped, what they watch, what became of an event."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, FastAPI, Query
from pydantic import WithJsonSchema

from ugc_api.reads import films
from ugc_api.reads.cursors import MAX_CHARACTERS, Cursor
from ugc_api.reads.freshness import timestamp
from ugc_api.reads.models import EventStatus, Positions, WatchedPage
from ugc_api.reads.problems import described, problem
from ugc_api.reads.queries import LIST
from ugc_api.reads.receipts import RECEIPT, status
from ugc_api.reads.routes import FilmId, Limit, get
from ugc_api.reads.side import Reads, ReadSide, Subject

LATE = timedelta(seconds=0.75)
"""An event may be received before another and come so much later into Kafka, where `as_of` counts.
One that Kafka takes even later may push its film past a walk that is under way."""

UNSEEN = timedelta(seconds=5)
"""How far behind now a walk begins when nobody knows how fresh ClickHouse is."""

routes = APIRouter(tags=["reading"])


def add_reads(app: FastAPI, read_side: ReadSide) -> None:
    """Answer all that can be read, from `read_side`."""
    app.state.read_side = read_side
    app.include_router(routes)
    app.include_router(films.routes)


@get(
    routes,
    "/api/v1/progresses/films/{film_id}",
    summary="Where I stopped in a film",
    responses=described("user_mismatch", "not_watched", "film_id_invalid"),
)
async def positions(film_id: FilmId, user_id: Subject, reads: Reads) -> Positions:
    reading = await reads.freshness.reading()
    as_of = timestamp(reading.as_of(user_id)) if reading else None
    found = await reads.positions.of(user_id, film_id)
    if len(found) < 2:
        raise problem("not_watched", {"as_of": as_of})
    return Positions.model_validate({"film_id": film_id, "as_of": as_of, **found})


@get(
    routes,
    "/api/v1/progresses",
    summary="What I watch, the newest first",
    responses=described("user_mismatch", "cursor_invalid"),
)
async def watched(
    user_id: Subject,
    reads: Reads,
    limit: Limit = 20,
    cursor: Annotated[
        str | None,
        WithJsonSchema(
            {"type": "string", "pattern": "^[A-Za-z0-9_-]+$", "maxLength": MAX_CHARACTERS}
        ),
        Query(description="`next_cursor` of the page before; none = from the start."),
    ] = None,
) -> WatchedPage:
    """The pages of one walk are of one moment, whatever happens meanwhile: each film is on one of
    them, once."""
    given = None if cursor is None else Cursor.read(cursor)
    reading = await reads.freshness.reading()
    fresh = reading.as_of(user_id) if reading else None
    place = given or Cursor.start((fresh - LATE) if fresh else (datetime.now(UTC) - UNSEEN))
    rows = await reads.warehouse.rows(
        "watched",
        LIST,
        user_id=user_id,
        until=place.until,
        version=place.version,
        film_id=place.film_id,
        rows=limit + 1,
    )
    return WatchedPage.model_validate(
        {
            "items": rows[:limit],
            "next_cursor": str(place.after(**_last(rows[:limit]))) if len(rows) > limit else None,
            "as_of": timestamp(min(fresh, place.moment)) if fresh else None,
        }
    )


@get(
    routes,
    "/api/v1/events/{event_id}",
    summary="What became of an event",
    responses=described("user_mismatch", "receipt_invalid", "kafka_away"),
)
async def event(
    event_id: UUID,
    user_id: Subject,
    reads: Reads,
    receipt: Annotated[
        str | None,
        WithJsonSchema({"type": "string", "pattern": f"^{RECEIPT}$", "examples": ["3-1042"]}),
        Query(description="Of its 202: with it more is known."),
    ] = None,
) -> EventStatus:
    found, reading = await status(reads, user_id, event_id, receipt)
    as_of = timestamp(reading.as_of(user_id)) if reading else None
    return EventStatus(event_id=event_id, status=found, as_of=as_of)


def _last(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"version": rows[-1]["version"], "film_id": UUID(rows[-1]["film_id"])}
