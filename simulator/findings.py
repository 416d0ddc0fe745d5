"""What the product knows after a run, by SQL from its own tables, of the run's viewers alone."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from simulator.catalogue import FILMS, TENTHS
from simulator.warehouse import Warehouse, of

BARS = "·▁▂▃▄▅▆▇█"


class Finding(NamedTuple):
    """A film's viewers; `stops` counts them by the tenth of the film in which they stopped."""

    film_id: UUID
    viewers: int
    hours: float
    completed: int
    stops: tuple[int, ...]


async def findings(warehouse: Warehouse, viewers: Collection[UUID]) -> Sequence[Finding]:
    """The most watched film first."""
    ours = of(viewers)
    return await warehouse.rows(
        f"""
        SELECT film_id, viewers, hours, completed, stops
        FROM
        (
            SELECT film_id, count() AS viewers, toFloat64(sum(progress)) / 3600 AS hours,
                countIf(progress * 10 >= total * 9) AS completed
            FROM movies.longest_view FINAL
            WHERE {ours}
            GROUP BY film_id
        ) AS furthest
        JOIN
        (
            SELECT film_id,
                groupArray(least({TENTHS - 1}, toUInt8({TENTHS} * share))) AS tenths,
                arrayMap(tenth -> countEqual(tenths, tenth), range({TENTHS})) AS stops
            FROM
            (
                SELECT film_id, toFloat64(progress) / toFloat64(total) AS share
                FROM movies.latest_view FINAL
                WHERE {ours}
            )
            GROUP BY film_id
        ) AS last USING (film_id)
        ORDER BY viewers DESC, hours DESC
        """,  # noqa: S608
        Finding,
    )


def shown(found: Sequence[Finding]) -> Sequence[str]:
    """A table: a film a line, its stops as bars of as many tenths."""
    lines = [
        f"{'film':<24}{'viewers':>8}{'hours':>7}{'to end':>7}  stopped at   most who left did so at"
    ]
    for film_id, viewers, hours, completed, stops in found:
        film = FILMS[film_id]
        lines.append(
            f"{film.title:<24}{viewers:>8}{hours:>7.1f}{completed / viewers:>7.0%}  "
            f"|{_bars(stops)}|{_leaving(stops, film.length)}"
        )
    return lines


def _bars(stops: Sequence[int]) -> str:
    most = max(stops)
    return "".join(BARS[-(-stop * (len(BARS) - 1) // most)] for stop in stops)


def _leaving(stops: Sequence[int], length: float) -> str:
    """The tenth in which most of those stopped who did not see the end."""
    before_the_end = stops[: TENTHS - 1]
    most = max(before_the_end)
    if most == 0:
        return ""
    tenth = before_the_end.index(most)
    return f"  {_clock(tenth * length / TENTHS)}-{_clock((tenth + 1) * length / TENTHS)} ({most})"


def _clock(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds)))[:-3]
