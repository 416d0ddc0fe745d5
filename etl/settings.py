"""What the ETL can be told from outside."""

from typing import Annotated

from msgspec import Meta, field

from configuration.kafka import Kafka

Port = Annotated[int, Meta(ge=1, le=65535)]


class Settings(Kafka, frozen=True, kw_only=True):
    """One frozen object per process; the README's table is held against it."""

    topic: Annotated[
        str, Meta(description="the events' topic; its dead letters go to `<it>.dead-letters`")
    ] = field(default="views", name="KAFKA_TOPIC")
    group: Annotated[str, Meta(description="consumer group of the workers")] = field(
        default="views", name="KAFKA_CONSUMER_GROUP_ID"
    )
    instance: Annotated[
        str,
        Meta(description="fixed id of this worker, unique: its partitions wait while it restarts"),
    ] = field(default="", name="KAFKA_GROUP_INSTANCE_ID")
    session_ms: Annotated[
        int, Meta(ge=6000, le=1_800_000, description="a worker silent for so long is replaced")
    ] = field(default=30_000, name="KAFKA_SESSION_TIMEOUT_MS")
    poll_interval_ms: Annotated[
        int, Meta(ge=3000, description="a worker that polls less often leaves the group")
    ] = field(default=300_000, name="KAFKA_MAX_POLL_INTERVAL_MS")
    partitions: Annotated[int, Meta(ge=1, description="of the topic, when it is created")] = field(
        default=6, name="KAFKA_TOPIC_PARTITIONS"
    )
    replication: Annotated[int, Meta(ge=1, description="replicas of each partition")] = field(
        default=3, name="KAFKA_TOPIC_REPLICATION"
    )
    min_isr: Annotated[
        int, Meta(ge=1, description="replicas that must have an event before its 202")
    ] = field(default=2, name="KAFKA_TOPIC_MIN_ISR")
    insert_table: Annotated[
        str,
        Meta(
            pattern="^[a-z_]*$",
            description="rows go here; empty = `views` on a cluster, `views_local` on one node",
        ),
    ] = field(default="", name="CH_INSERT_TABLE")
    insert_timeout_ms: Annotated[
        int, Meta(ge=1000, description="an INSERT unanswered for so long is sent again")
    ] = field(default=60_000, name="CH_INSERT_TIMEOUT_MS")
    dead_letter_limit: Annotated[
        int,
        Meta(
            ge=0,
            description="the worker stops when as many records in a row are unreadable, "
            "or half of the last so many; 0 = never",
        ),
    ] = field(default=1000, name="UGC_DEAD_LETTER_LIMIT")
    audit_every_s: Annotated[
        float,
        Meta(ge=0, description="seconds between looks for what was just stored; 0 = never"),
    ] = field(default=300.0, name="UGC_AUDIT_EVERY_S")
    host: Annotated[str, Meta(description="address that metrics are served on")] = field(
        default="127.0.0.1", name="UGC_BIND_HOST"
    )
    metrics_port: Annotated[
        Port, Meta(description="port of `/metrics` and the worker's `/readyz`")
    ] = field(default=9101, name="UGC_METRICS_PORT")
    log_level: Annotated[
        str, Meta(pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="least level logged")
    ] = field(default="INFO", name="UGC_LOG_LEVEL")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.min_isr > self.replication:
            raise ValueError("KAFKA_TOPIC_MIN_ISR is greater than KAFKA_TOPIC_REPLICATION")

    @property
    def target_table(self) -> str:
        """Where rows are inserted: a Distributed table routes them, a Merge table takes none."""
        return self.insert_table or ("views" if self.clickhouse_cluster else "views_local")

    @property
    def dead_letter_topic(self) -> str:
        return f"{self.topic}.dead-letters"
