"""What analysts read of films over HTTP; everything else they ask in SQL."""

from typing import Annotated

from fastapi import APIRouter, Query

from ugc_api.reads.freshness import timestamp
from ugc_api.reads.models import FilmStats, FilmsTop
from ugc_api.reads.problems import described
from ugc_api.reads.queries import FILM, FILMS
from ugc_api.reads.routes import FilmId, Limit, get
from ugc_api.reads.side import Analyst, Reads, ReadSide

Days = Annotated[int, Query(ge=1, le=396, description="The last days (UTC), today included.")]

routes = APIRouter(tags=["films"])


@get(
    routes,
    "/api/v1/films/top",
    summary="The most watched films",
    responses=described("role_required"),
)
async def top(_: Analyst, reads: Reads, days: Days = 7, limit: Limit = 20) -> FilmsTop:
    as_of = await _as_of(reads)
    rows = await reads.warehouse.rows("films_top", FILMS, days=days, rows=limit)
    return FilmsTop.model_validate({"items": rows, "days": days, "as_of": as_of})


@get(
    routes,
    "/api/v1/films/{film_id}/stats",
    summary="How a film does",
    responses=described("role_required", "film_id_invalid"),
)
async def stats(_: Analyst, film_id: FilmId, reads: Reads, days: Days = 30) -> FilmStats:
    """Zero for a film that nobody has watched: which films there are is not known here."""
    as_of = await _as_of(reads)
    rows = await reads.warehouse.rows("film_stats", FILM, film_id=film_id, days=days)
    by_day = {row.pop("date"): row for row in rows}
    whole = by_day.pop("")
    each = [{"day": day, **by_day[day]} for day in sorted(by_day)]
    return FilmStats.model_validate({"film_id": film_id, "days": each, "as_of": as_of, **whole})


async def _as_of(reads: ReadSide) -> str | None:
    reading = await reads.freshness.reading()
    return timestamp(reading.oldest()) if reading else None
