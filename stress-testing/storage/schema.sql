-- The product's tables as PostgreSQL has them best.
-- The primary key of events has only to keep one from being stored twice. It begins with the part
-- that grows with time (UUIDv7): new entries go to the end of its index, not all over it.
-- Seconds are whole milliseconds (4 bytes; numeric takes 8 or more), and columns stand so that no
-- padding falls between them. The rows of the last three are written over: fillfactor leaves room
-- on their page, where no index has to change (HOT).

CREATE TABLE views
(
    user_id uuid,
    film_id uuid,
    event_id uuid,
    event_time timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    stored_at timestamptz NOT NULL DEFAULT now(),
    progress integer NOT NULL,
    total integer NOT NULL,
    PRIMARY KEY (event_id, user_id, film_id)
);

-- How many there are of both together: with it viewers are counted on all cores.
CREATE STATISTICS viewers_of_a_day (ndistinct)
ON user_id, ((event_time AT TIME ZONE 'UTC')::date) FROM views;

CREATE TABLE latest_view
(
    user_id uuid,
    film_id uuid,
    event_id uuid NOT NULL,
    event_time timestamptz NOT NULL,
    progress integer NOT NULL,
    total integer NOT NULL,
    PRIMARY KEY (user_id, film_id)
)
WITH (fillfactor = 80);

CREATE TABLE longest_view (LIKE latest_view INCLUDING ALL) WITH (fillfactor = 80);

-- By day first, for the most watched films of some days.
CREATE TABLE viewer_days
(
    film_id uuid,
    user_id uuid,
    day date,
    progress integer NOT NULL,
    total integer NOT NULL,
    PRIMARY KEY (day, film_id, user_id)
)
WITH (fillfactor = 80);
