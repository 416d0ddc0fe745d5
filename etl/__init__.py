"""Kafka in, ClickHouse out: the worker, and the commands around it."""
