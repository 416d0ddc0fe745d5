-- What has been applied. On a cluster every node is a replica of this one table.

CREATE DATABASE IF NOT EXISTS movies $ON_CLUSTER;

CREATE TABLE IF NOT EXISTS movies.migrations $ON_CLUSTER
(
    name String,
    checksum FixedString(64),
    applied_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ${REPLICATED}ReplacingMergeTree(${PATH_OF_migrations}applied_at)
ORDER BY name;
