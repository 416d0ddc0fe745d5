"""The questions the API asks ClickHouse. The tables are in clickhouse/migrations."""

import re

POSITION = ("progress", "total", "event_time", "event_id")
"""What `last` holds below: a column of its own for each would cost a third more."""

# Without FINAL, which reads whole granules of every column: the greatest version is what it would
# keep (as in `LIST`).
POSITIONS = """
SELECT
    which, user_id, film_id,
    argMax((progress, total, event_time, event_id), version) AS last
FROM movies.positions
WHERE (user_id, film_id) IN {keys:Array(Tuple(UUID, UUID))}
GROUP BY which, user_id, film_id
"""

# From the events themselves: `latest_view` only knows the newest, and a film whose place moved
# between two pages would be missed. `version` is the one of `latest_view`. A repetition has that of
# the first delivery, so the maximum is the same with FINAL and without.
LIST = """
SELECT
    film_id,
    last.1 AS progress,
    last.2 AS total,
    last.3 AS event_time,
    toBool(total > 0 AND toDecimal64(progress, 3) * 10 >= toDecimal64(total, 3) * 9) AS completed,
    toString(greatest) AS version
FROM
(
    SELECT
        film_id,
        max(version) AS greatest,
        argMax((progress, total, event_time), version) AS last
    FROM
    (
        SELECT
            film_id, progress, total, event_time,
            bitOr(
                bitShiftLeft(toUInt128(toUnixTimestamp64Milli(event_time)), 64),
                toUInt128(sipHash64(event_id))
            ) AS version
        FROM movies.views
        WHERE user_id = {user_id:UUID}
            AND film_id != toUUID('00000000-0000-0000-0000-000000000000')
            AND received_at <= fromUnixTimestamp64Milli({until:Int64}, 'UTC')
    )
    GROUP BY film_id
    HAVING (greatest, film_id) < ({version:UInt128}, {film_id:UUID})
)
ORDER BY greatest DESC, film_id DESC
LIMIT {rows:UInt16}
"""

EVENT = """
SELECT 1 AS stored
FROM movies.views
WHERE user_id = {user_id:UUID} AND event_id = {event_id:UUID}
LIMIT 1
"""

# As film_top computes it, of the last days: maxima of each viewer, so no FINAL.
FILMS = """
SELECT
    film_id,
    count() AS viewers,
    countIf(length > 0 AND furthest * 10 >= length * 9) AS completions,
    sum(furthest) AS reached_seconds
FROM
(
    SELECT
        film_id, user_id,
        toDecimal64(max(progress), 3) AS furthest, toDecimal64(max(total), 3) AS length
    FROM movies.viewer_days
    WHERE day > toDate(now('UTC')) - {days:UInt16}
    GROUP BY film_id, user_id
)
GROUP BY film_id
ORDER BY viewers DESC, completions DESC, film_id
LIMIT {rows:UInt16}
"""

# The row without a date is the whole period's: whoever watched on two days is one viewer there.
FILM = """
SELECT
    '' AS date,
    count() AS viewers,
    countIf(length > 0 AND furthest * 10 >= length * 9) AS completions,
    sum(furthest) AS reached_seconds
FROM
(
    SELECT toDecimal64(max(progress), 3) AS furthest, toDecimal64(max(total), 3) AS length
    FROM movies.viewer_days
    WHERE film_id = {film_id:UUID} AND day > toDate(now('UTC')) - {days:UInt16}
    GROUP BY user_id
)
UNION ALL
SELECT toString(day) AS date, viewers, completions, reached_seconds
FROM movies.film_daily
WHERE film_id = {film_id:UUID} AND day > toDate(now('UTC')) - {days:UInt16}
"""


def event_anywhere(cluster: str) -> str:
    """`EVENT` asked of every replica: one that is behind may lack what another has. The name of
    the cluster is a setting, and no more than a word."""
    if not re.fullmatch("[A-Za-z0-9_]+", cluster):
        raise ValueError("not the name of a cluster")
    return EVENT.replace("movies.views", f"clusterAllReplicas('{cluster}', movies.views_local)")
