"""The whole system on one machine without Docker: Kafka, ClickHouse, the ETL and the API as
child processes of one supervisor. Development and tests only."""
