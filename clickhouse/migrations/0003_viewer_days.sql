-- How far each viewer came in each film on each day (UTC). Maxima only, never sums: exact
-- whatever is delivered twice, and one viewer's rows can be erased. Film statistics read it.

CREATE TABLE IF NOT EXISTS movies.viewer_days_local $ON_CLUSTER
(
    film_id UUID,
    day Date,
    user_id UUID,
    progress SimpleAggregateFunction(max, Decimal(9, 3)) COMMENT 'seconds',
    total SimpleAggregateFunction(max, Decimal(9, 3)) COMMENT 'seconds, 0 = unknown'
)
ENGINE = ${REPLICATED}AggregatingMergeTree
PARTITION BY toYYYYMM(day)
ORDER BY (film_id, day, user_id);

CREATE TABLE IF NOT EXISTS movies.viewer_days $ON_CLUSTER
AS movies.viewer_days_local
ENGINE = $OVER_viewer_days_local;

CREATE MATERIALIZED VIEW IF NOT EXISTS movies.viewer_days_mv $ON_CLUSTER
TO movies.viewer_days_local
AS SELECT
    film_id,
    toDate(event_time, 'UTC') AS day,
    user_id,
    max(views.progress) AS progress,
    max(views.total) AS total
FROM movies.views_local AS views
WHERE film_id != toUUID('00000000-0000-0000-0000-000000000000')
GROUP BY film_id, day, user_id;

-- A viewer who reached nine tenths has completed the film.
CREATE VIEW IF NOT EXISTS movies.film_daily $ON_CLUSTER
AS SELECT
    film_id,
    day,
    count() AS viewers,
    countIf(length > 0 AND furthest * 10 >= length * 9) AS completions,
    sum(furthest) AS reached_seconds
FROM
(
    SELECT
        film_id, day, user_id,
        toDecimal64(max(progress), 3) AS furthest, toDecimal64(max(total), 3) AS length
    FROM movies.viewer_days
    GROUP BY film_id, day, user_id
)
GROUP BY film_id, day;

-- Each node keeps its own small copy, over all shards.
CREATE MATERIALIZED VIEW IF NOT EXISTS movies.film_top $ON_CLUSTER
REFRESH EVERY 1 MINUTE
ENGINE = MergeTree
ORDER BY film_id
AS SELECT
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
    GROUP BY film_id, user_id
)
GROUP BY film_id;
