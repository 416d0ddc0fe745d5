"""All that this server measures about itself."""

from telemetry.metrics import Declarations

declarations = Declarations()

QUERIES = declarations.counter(
    "ugc_clickhouse_queries_total",
    "Queries answered, by kind (read, write, insert) and result (ok, or ClickHouse's error code).",
    "Look the code up in the log lines with the same code; 'cancelled' is a client that left.",
    ("kind", "result"),
)
DURATION = declarations.histogram(
    "ugc_clickhouse_query_duration_seconds",
    "Time from the request's head to its answer; for an insert the sender's own time counts too.",
    "See system.processes for what runs; a long insert is usually a slow sender.",
    ("kind",),
)
INSERTED_ROWS = declarations.counter(
    "ugc_clickhouse_inserted_rows_total",
    "Rows stored by inserts that were answered, as the engine counts them.",
    "Flat while the ETL runs: look at the ETL's lag and its errors.",
)
REFUSED = declarations.counter(
    "ugc_clickhouse_refused_total",
    "Statements this development server refuses to run for safety (code 497).",
    "The answer names what was refused; use a real ClickHouse server for it.",
)
RUNNING = declarations.gauge(
    "ugc_clickhouse_running_queries",
    "Requests being answered now.",
    "Near the number of threads for long: the machine is too small, or a query runs away.",
)
