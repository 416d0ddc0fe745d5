"""All the worker measures, each with its meaning and what to do about a bad value."""

from telemetry.metrics import Declarations

STAGES = ("connect", "fetch", "bury", "insert", "commit")
REASONS = ("null_value", "not_json", "unknown_field", "breaks_contract")


class Metrics:
    """The worker's declared list; label values that are known are there from the start, at 0."""

    def __init__(self) -> None:
        declare = self.declarations = Declarations()
        self.consumed = declare.counter(
            "ugc_etl_consumed_total",
            "Records fetched from the topic.",
            "flat while the lag grows: see ugc_etl_paused, then the worker's log",
        )
        self.inserted = declare.counter(
            "ugc_etl_inserted_rows_total",
            "Rows ClickHouse acknowledged, repetitions included.",
            "far below ugc_etl_consumed_total: look at ugc_etl_dead_letters_total",
        )
        self.dead_letters = declare.counter(
            "ugc_etl_dead_letters_total",
            "Records written to the dead-letter topic, by reason.",
            "find who writes to the topic past the API; the letter names partition and offset",
            ["reason"],
        )
        self.batch_rows = declare.histogram(
            "ugc_etl_batch_rows",
            "Rows per stored batch.",
            "always at the upper end: the worker lags, add one",
            buckets=(1, 10, 100, 500, 1_000, 5_000, 10_000, 25_000, 50_000),
        )
        self.batch_bytes = declare.histogram(
            "ugc_etl_batch_bytes",
            "Bytes per stored batch.",
            "always at the upper end: the worker lags, add one",
            buckets=(1e3, 1e4, 1e5, 5e5, 1e6, 2e6, 4e6, 8e6),
        )
        self.insert_seconds = declare.histogram(
            "ugc_etl_insert_duration_seconds",
            "One INSERT request, by result.",
            "slow: ClickHouse merges or disks are behind; error: see ugc_etl_retries_total",
            ["result"],
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
        )
        self.retries = declare.counter(
            "ugc_etl_retries_total",
            "Tries of a batch that failed and are repeated, by stage.",
            "insert: ClickHouse is away; the other stages: Kafka is; the log has the error",
            ["stage"],
        )
        self.rewritten = declare.counter(
            "ugc_etl_rewritten_batches_total",
            "Batches ClickHouse refused as malformed, sent again in canonical encoding.",
            "another program writes odd JSON to the topic: find it",
        )
        self.abandoned = declare.counter(
            "ugc_etl_abandoned_batches_total",
            "Batches given up without a commit, because the partitions moved or the stop was due.",
            "harmless by itself, the next owner reads them again; often: rebalances, see the log",
        )
        self.lag = declare.gauge(
            "ugc_etl_lag_messages",
            "Records in a partition this worker holds that are not yet committed.",
            "growing: ClickHouse is slow or away, or one worker is too few; "
            "of a partition that nobody holds there is none, see ugc_etl_partitions",
            ["partition"],
        )
        self.partitions = declare.gauge(
            "ugc_etl_partitions",
            "Partitions this worker holds.",
            "0 for long: another worker runs under the same instance id, there are too many, or "
            "Kafka's coordinator of the group lets nobody join",
        )
        self.paused = declare.gauge(
            "ugc_etl_paused",
            "1 while a batch cannot be stored and the partitions are paused.",
            "see why in the log; nothing is lost as long as the topic's retention lasts",
        )
        self.started_at_earliest = declare.counter(
            "ugc_etl_started_at_earliest_total",
            "Partitions read from the earliest record because no offset was committed.",
            "expected once on a new group; else offsets were lost: the replay is harmless",
        )
        self.last_success = declare.gauge(
            "ugc_etl_last_success_timestamp_seconds",
            "When a batch was last stored and committed (Unix time).",
            "old while there is lag: the worker is stuck, see the log",
        )
        self.end_to_end = declare.histogram(
            "ugc_event_end_to_end_seconds",
            "From the API's receipt to ClickHouse's ack, of the oldest event of each batch.",
            "over a minute: see ugc_etl_lag_messages",
            buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600),
        )
        self.missing = declare.gauge(
            "ugc_missing_events",
            "Events this worker passed that are neither in ClickHouse nor dead-lettered.",
            "python -m etl audit --repair puts them back; the log names partitions and offsets",
        )
        self.audited = declare.counter(
            "ugc_audited_events_total",
            "Events looked for in ClickHouse after they were passed.",
            "flat while events are stored: see ugc_audit_last_success_timestamp_seconds",
        )
        self.last_audit = declare.gauge(
            "ugc_audit_last_success_timestamp_seconds",
            "When passed events were last looked for (Unix time).",
            "older than three times UGC_AUDIT_EVERY_S: see the log; the user needs SELECT on views",
        )
        self.fatal = declare.counter(
            "ugc_etl_fatal_errors_total",
            "Errors that ended the worker, by class; also in the log and the exit code.",
            "the log line names what to do; nothing is lost while the worker stands still",
            ["error"],
        )
        for reason in REASONS:
            self.dead_letters.labels(reason)
        for stage in STAGES:
            self.retries.labels(stage)

    def forget_partitions(self) -> None:
        """Partitions that are no longer ours have no lag to show here."""
        self.partitions.set(0)
        self.lag.clear()
