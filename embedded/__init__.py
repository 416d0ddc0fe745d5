"""The whole system on one machine without Docker: Kafka, ClickHouse, the ETL, the API and
nginx as child processes of one supervisor. Development and tests only."""
