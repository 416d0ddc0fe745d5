-- What the two tables of 0002 have goes to the one of 0005, which has every insert since (`migrate`
-- waits between two files for inserts that are under way). From every replica: one may have what
-- another has not fetched yet, and rows that come twice fold. `latest_view` and `longest_view` are
-- views from now on, exact with FINAL and without. The old tables are filled no more; they stay, with
-- what they had, until a person drops them.

INSERT INTO $INTO_positions_local
    (user_id, film_id, which, progress, total, event_time, event_id, version)
SELECT user_id, film_id, 'latest', progress, total, event_time, event_id, version
FROM $EVERY_latest_view_local
SETTINGS distributed_foreground_insert = 1, deduplicate_insert = 'disable', max_execution_time = 0;

INSERT INTO $INTO_positions_local
    (user_id, film_id, which, progress, total, event_time, event_id, version)
SELECT user_id, film_id, 'furthest', progress, total, event_time, event_id, version
FROM $EVERY_longest_view_local
SETTINGS distributed_foreground_insert = 1, deduplicate_insert = 'disable', max_execution_time = 0;

CREATE TABLE IF NOT EXISTS movies.positions $ON_CLUSTER
AS movies.positions_local
ENGINE = $OVER_positions_local;

CREATE OR REPLACE VIEW movies.latest_view $ON_CLUSTER
AS SELECT
    user_id, film_id, progress, total, event_time, event_id, version,
    film_id AS movie_id,
    toUInt32(toDecimal64(progress, 3) * 1000) AS movie_time_offset,
    event_time AS created_at
FROM movies.positions FINAL
WHERE which = 'latest';

CREATE OR REPLACE VIEW movies.longest_view $ON_CLUSTER
AS SELECT
    user_id, film_id, progress, total, event_time, event_id, version,
    film_id AS movie_id,
    toUInt32(toDecimal64(progress, 3) * 1000) AS movie_time_offset,
    event_time AS created_at
FROM movies.positions FINAL
WHERE which = 'furthest';

DROP VIEW IF EXISTS movies.latest_view_mv $ON_CLUSTER SYNC;

DROP VIEW IF EXISTS movies.longest_view_mv $ON_CLUSTER SYNC;

ALTER TABLE movies.latest_view_local $ON_CLUSTER MODIFY COMMENT 'filled no more: see positions';

ALTER TABLE movies.longest_view_local $ON_CLUSTER MODIFY COMMENT 'filled no more: see positions';
