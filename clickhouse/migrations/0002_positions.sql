-- Where each viewer is in each film: the latest report, and the furthest. Both keep the row with
-- the greatest version, a total order that is a pure function of the event: time (or progress)
-- in milliseconds above a hash of the event's id. Neither order nor repetition of deliveries
-- changes the result. The nil film is the canary's, it is nobody's position.

CREATE TABLE IF NOT EXISTS movies.latest_view_local $ON_CLUSTER
(
    user_id UUID,
    film_id UUID,
    progress Decimal(9, 3) COMMENT 'seconds',
    total Decimal(9, 3) COMMENT 'seconds, 0 = unknown',
    event_time DateTime64(3, 'UTC'),
    event_id UUID,
    version UInt128,
    movie_id UUID ALIAS film_id,
    movie_time_offset UInt32 ALIAS toUInt32(toDecimal64(progress, 3) * 1000) COMMENT 'milliseconds',
    created_at DateTime64(3, 'UTC') ALIAS event_time
)
ENGINE = ${REPLICATED}ReplacingMergeTree(version)
ORDER BY (user_id, film_id);

CREATE TABLE IF NOT EXISTS movies.latest_view $ON_CLUSTER
AS movies.latest_view_local
ENGINE = $OVER_latest_view_local;

CREATE MATERIALIZED VIEW IF NOT EXISTS movies.latest_view_mv $ON_CLUSTER
TO movies.latest_view_local
AS SELECT
    user_id, film_id, progress, total, event_time, event_id,
    bitOr(
        bitShiftLeft(toUInt128(toUnixTimestamp64Milli(event_time)), 64),
        toUInt128(sipHash64(event_id))
    ) AS version
FROM movies.views_local
WHERE film_id != toUUID('00000000-0000-0000-0000-000000000000');

CREATE TABLE IF NOT EXISTS movies.longest_view_local $ON_CLUSTER
AS movies.latest_view_local
ENGINE = ${REPLICATED}ReplacingMergeTree(version)
ORDER BY (user_id, film_id);

CREATE TABLE IF NOT EXISTS movies.longest_view $ON_CLUSTER
AS movies.longest_view_local
ENGINE = $OVER_longest_view_local;

CREATE MATERIALIZED VIEW IF NOT EXISTS movies.longest_view_mv $ON_CLUSTER
TO movies.longest_view_local
AS SELECT
    user_id, film_id, progress, total, event_time, event_id,
    bitOr(
        bitShiftLeft(toUInt128(toDecimal64(progress, 3) * 1000), 64),
        toUInt128(sipHash64(event_id))
    ) AS version
FROM movies.views_local
WHERE film_id != toUUID('00000000-0000-0000-0000-000000000000');
