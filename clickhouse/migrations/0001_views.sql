-- Every event, once. A later delivery of the same (user_id, film_id, event_id) is folded away by
-- FINAL: the earliest `received_at` stands, because its `version` is the greatest.
-- `stored_at` is when the standing row was last written: a repetition moves it, nothing else.
-- The ALIAS columns carry the names of the two systems this one replaces.

CREATE TABLE IF NOT EXISTS movies.views_local $ON_CLUSTER
(
    user_id UUID,
    film_id UUID,
    event_id UUID,
    progress Decimal(9, 3) COMMENT 'seconds',
    total Decimal(9, 3) COMMENT 'seconds, 0 = unknown',
    event_time DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    received_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    stored_at DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(Delta, ZSTD(1)),
    version UInt64 MATERIALIZED 18446744073709551615 - toUnixTimestamp64Milli(received_at),
    movie_id UUID ALIAS film_id,
    movie_time_offset UInt32 ALIAS toUInt32(toDecimal64(progress, 3) * 1000) COMMENT 'milliseconds',
    created_at DateTime64(3, 'UTC') ALIAS event_time
)
ENGINE = ${REPLICATED}ReplacingMergeTree(version)
PARTITION BY toYYYYMM(event_time)
ORDER BY (user_id, film_id, event_id)
TTL toDateTime(event_time) + INTERVAL 13 MONTH;

CREATE TABLE IF NOT EXISTS movies.views $ON_CLUSTER
AS movies.views_local
ENGINE = $OVER_views_local;
