-- A position is read by its key, all columns of a few rows out of each part. In a compact part they
-- lie side by side in one file; a wide part has a file for each column, and opening and reading
-- seven of them costs more than the rows.

ALTER TABLE movies.latest_view_local $ON_CLUSTER
MODIFY SETTING min_bytes_for_wide_part = 1073741824;

ALTER TABLE movies.longest_view_local $ON_CLUSTER
MODIFY SETTING min_bytes_for_wide_part = 1073741824;
