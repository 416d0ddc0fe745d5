"""Every row that the product's tables have of some viewers."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from simulator.ledger import FilmDay, Maxima, ViewerDay
from simulator.warehouse import Warehouse, of


class EventRow(NamedTuple):
    user_id: UUID
    film_id: UUID
    event_id: UUID
    progress: float
    total: float
    event_time: datetime


@dataclass(frozen=True)
class Records:
    views: Sequence[EventRow]
    latest: Sequence[EventRow]
    longest: Sequence[EventRow]
    viewer_days: Mapping[ViewerDay, Maxima]
    film_days: Mapping[tuple[UUID, date], FilmDay]


async def read(warehouse: Warehouse, viewers: Collection[UUID]) -> Records:
    async def events(table: str) -> Sequence[EventRow]:
        sql = f"SELECT {', '.join(EventRow._fields)} FROM movies.{table} FINAL WHERE {of(viewers)}"  # noqa: S608
        return await warehouse.rows(sql, EventRow)

    return Records(
        views=await events("views"),
        latest=await events("latest_view"),
        longest=await events("longest_view"),
        viewer_days=await _viewer_days(warehouse, viewers),
        film_days=await _film_days(warehouse, viewers),
    )


async def _viewer_days(
    warehouse: Warehouse, viewers: Collection[UUID]
) -> Mapping[ViewerDay, Maxima]:
    rows = await warehouse.rows(
        "SELECT film_id, day, user_id, max(progress), max(total) FROM movies.viewer_days "  # noqa: S608
        f"WHERE {of(viewers)} GROUP BY ALL",
        tuple[UUID, date, UUID, float, float],
    )
    return {(film, day, user): (progress, total) for film, day, user, progress, total in rows}


async def _film_days(
    warehouse: Warehouse, viewers: Collection[UUID]
) -> Mapping[tuple[UUID, date], FilmDay]:
    """What `film_daily` says of their films, less the other viewers' part: it does not know who
    its viewers are."""
    ours = of(viewers)
    films = f"film_id IN (SELECT film_id FROM movies.views WHERE {ours})"  # noqa: S608
    rows = await warehouse.rows(
        f"""
        SELECT film_id, day, all.viewers - others.viewers AS viewers,
            all.completions - others.completions,
            toInt64((all.reached_seconds - others.reached_seconds) * 1000)
        FROM movies.film_daily AS all
        LEFT JOIN
        (
            SELECT film_id, day, count() AS viewers,
                countIf(length > 0 AND furthest * 10 >= length * 9) AS completions,
                sum(furthest) AS reached_seconds
            FROM
            (
                SELECT film_id, day, user_id,
                    toDecimal64(max(progress), 3) AS furthest, toDecimal64(max(total), 3) AS length
                FROM movies.viewer_days
                WHERE {films} AND NOT {ours}
                GROUP BY ALL
            )
            GROUP BY film_id, day
        ) AS others USING (film_id, day)
        WHERE {films} AND viewers != 0
        """,  # noqa: S608
        tuple[UUID, date, int, int, int],
    )
    return {(film, day): FilmDay(*numbers) for film, day, *numbers in rows}
