"""A ClickHouse-compatible HTTP server on chdb-core, the ClickHouse engine as a library.

For development and tests on one machine: it binds to loopback only, buffers whole results, and
does what aiochclient, clickhouse-connect, clickhouse-cli and curl need, no more. It runs with
`python -m embedded.clickhouse`; its settings are in `settings.py`, what it refuses and why in
`refusals.py`.
"""
