"""A real Apache Kafka broker on loopback: how it is configured, formatted and run."""
