-- Where each viewer is in each film, both rows beside each other: read by one question, out of a
-- granule that is small, because nobody wants more than a few rows of it. Which row stands is as in
-- 0002: the greatest version, a pure function of the event. Nobody can read it before 0006 has made it
-- whole.

CREATE TABLE IF NOT EXISTS movies.positions_local $ON_CLUSTER
(
    user_id UUID,
    film_id UUID,
    which Enum8('latest' = 1, 'furthest' = 2),
    progress Decimal(9, 3) COMMENT 'seconds',
    total Decimal(9, 3) COMMENT 'seconds, 0 = unknown',
    event_time DateTime64(3, 'UTC'),
    event_id UUID,
    version UInt128
)
ENGINE = ${REPLICATED}ReplacingMergeTree(version)
ORDER BY (user_id, film_id, which)
SETTINGS index_granularity = 1024, min_bytes_for_wide_part = 1073741824;

CREATE MATERIALIZED VIEW IF NOT EXISTS movies.positions_mv $ON_CLUSTER
TO movies.positions_local
AS SELECT
    user_id, film_id, ordered.1 AS which, progress, total, event_time, event_id,
    bitOr(bitShiftLeft(ordered.2, 64), toUInt128(sipHash64(event_id))) AS version
FROM movies.views_local
ARRAY JOIN [
    ('latest', toUInt128(toUnixTimestamp64Milli(event_time))),
    ('furthest', toUInt128(toDecimal64(progress, 3) * 1000))
] AS ordered
WHERE film_id != toUUID('00000000-0000-0000-0000-000000000000');
