"""What PostgreSQL is asked. The tables are in schema.sql."""

ARRIVING = """
CREATE TEMPORARY TABLE arriving
(
    user_id uuid, film_id uuid, event_id uuid, event_time timestamptz, received_at timestamptz,
    progress integer, total integer
)
ON COMMIT DELETE ROWS
"""
COPY = "COPY arriving FROM STDIN"

# One statement, so that an event and what follows from it are stored together. What is derived
# follows from new events only; a repetition ends at the primary key.
_INSERT = """
WITH new AS
(
    INSERT INTO views (user_id, film_id, event_id, event_time, received_at, progress, total)
    {source}
    ON CONFLICT DO NOTHING
    RETURNING user_id, film_id, event_id, event_time, progress, total
),
latest AS
(
    INSERT INTO latest_view AS kept (user_id, film_id, event_id, event_time, progress, total)
    SELECT DISTINCT ON (user_id, film_id) user_id, film_id, event_id, event_time, progress, total
    FROM new
    ORDER BY user_id, film_id, event_time DESC, event_id DESC
    ON CONFLICT (user_id, film_id) DO UPDATE
    SET (event_id, event_time, progress, total)
        = (excluded.event_id, excluded.event_time, excluded.progress, excluded.total)
    WHERE (excluded.event_time, excluded.event_id) > (kept.event_time, kept.event_id)
),
longest AS
(
    INSERT INTO longest_view AS kept (user_id, film_id, event_id, event_time, progress, total)
    SELECT DISTINCT ON (user_id, film_id) user_id, film_id, event_id, event_time, progress, total
    FROM new
    ORDER BY user_id, film_id, progress DESC, event_id DESC
    ON CONFLICT (user_id, film_id) DO UPDATE
    SET (event_id, event_time, progress, total)
        = (excluded.event_id, excluded.event_time, excluded.progress, excluded.total)
    WHERE (excluded.progress, excluded.event_id) > (kept.progress, kept.event_id)
)
INSERT INTO viewer_days AS kept (film_id, user_id, day, progress, total)
SELECT film_id, user_id, (event_time AT TIME ZONE 'UTC')::date, max(progress), max(total)
FROM new
GROUP BY 1, 2, 3
ON CONFLICT (day, film_id, user_id) DO UPDATE
SET (progress, total)
    = (greatest(kept.progress, excluded.progress), greatest(kept.total, excluded.total))
WHERE excluded.progress > kept.progress OR excluded.total > kept.total
"""
INSERT_ARRIVED = _INSERT.format(source="SELECT * FROM arriving")
INSERT_ONE = _INSERT.format(
    source="VALUES (%s::uuid, %s::uuid, %s::uuid, %s::timestamptz, %s::timestamptz, "
    "%s::integer, %s::integer)"
)

POSITIONS = """
SELECT 'latest', progress, total, event_time, event_id
FROM latest_view
WHERE user_id = %(viewer)s AND film_id = %(film)s
UNION ALL
SELECT 'furthest', progress, total, event_time, event_id
FROM longest_view
WHERE user_id = %(viewer)s AND film_id = %(film)s
"""

MOST_WATCHED = """
SELECT
    film_id,
    count(*) AS viewers,
    count(*) FILTER (WHERE total > 0 AND progress * 10 >= total * 9) AS completions,
    sum(progress)::bigint
FROM
(
    SELECT film_id, user_id, max(progress)::bigint AS progress, max(total)::bigint AS total
    FROM viewer_days
    WHERE day > (now() AT TIME ZONE 'UTC')::date - %(days)s
    GROUP BY film_id, user_id
) AS viewers
GROUP BY film_id
ORDER BY viewers DESC, completions DESC, film_id
LIMIT %(rows)s
"""

# Not count(DISTINCT user_id): that one sorts, on one core.
VIEWERS_PER_DAY = """
SELECT day, count(*)
FROM (SELECT DISTINCT (event_time AT TIME ZONE 'UTC')::date AS day, user_id FROM views) AS seen
GROUP BY day
ORDER BY day
"""

CENSUS = """
SELECT
    count(*), coalesce(sum(progress), 0), coalesce(sum(total), 0),
    coalesce(sum((extract(epoch FROM event_time) * 1000)::bigint), 0),
    coalesce(sum((extract(epoch FROM received_at) * 1000)::bigint), 0)
FROM views
"""

SIZE = "SELECT pg_total_relation_size(%s::regclass)"

# Autovacuum's own rule, with its defaults; it looks once a minute only.
DUE = """
SELECT
    relid::regclass::text,
    n_ins_since_vacuum > 1000 + 0.2 * n_live_tup OR n_dead_tup > 50 + 0.2 * n_live_tup,
    n_mod_since_analyze > 50 + 0.1 * n_live_tup
FROM pg_stat_user_tables
WHERE schemaname = 'public'
"""
