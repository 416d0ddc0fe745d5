"""All the API measures, each with its meaning and what to do about a bad value."""

from telemetry.metrics import Declarations
from ugc_api.refusals import REFUSALS


class Metrics:
    """The API's declared list."""

    def __init__(self) -> None:
        declare = self.declarations = Declarations()
        self.requests = declare.tally(
            "ugc_http_requests_total",
            "Answers, by method, route and status.",
            "5xx: Kafka is away, see ugc_kafka_produce_errors_total; 4xx: see the refusals",
            ["method", "route", "status"],
        )
        self.seconds = declare.durations(
            "ugc_http_request_duration_seconds",
            "From the request's headers to the last byte of the answer.",
            "compare with ugc_kafka_produce_duration_seconds: the rest is ours",
            ["route"],
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 5),
        )
        # Plain numbers on the hot path, read only when scraped.
        self.in_progress = 0
        self.waiting = 0
        declare.gauge(
            "ugc_http_requests_in_progress",
            "Requests being answered.",
            "high and flat: Kafka is slow; add API processes only when the CPU is full",
        ).set_function(lambda: self.in_progress)
        self.received = declare.tally(
            "ugc_events_received_total",
            "Events acknowledged by Kafka and answered with 202.",
            "0 while players are watching: see the refusals, then what stands in front",
        )
        self.refused = declare.counter(
            "ugc_events_refused_total",
            "Events refused, by the code of the answer.",
            "one code rising: a release of some player broke that rule",
            ["code"],
        )
        self.auth_failures = declare.counter(
            "ugc_auth_failures_total",
            "Tokens refused, by reason.",
            "signature: somebody guesses; expired: players do not refresh; keys_unavailable (503): "
            "the issuer's keys cannot be fetched",
            ["reason"],
        )
        self.key_fetches = declare.counter(
            "ugc_jwks_fetches_total",
            "Fetches of the issuer's keys, by outcome.",
            "all but fetched: the issuer's address; the last good keys stay in use meanwhile",
            ["outcome"],
        )
        self.keys_age = declare.gauge(
            "ugc_jwks_age_seconds",
            "Since the issuer's keys were last fetched, or the start; 0 without an issuer.",
            "over 600: a withdrawn key still counts, and tokens of a new one are answered 503",
        )
        self.produce_seconds = declare.durations(
            "ugc_kafka_produce_duration_seconds",
            "From handing an event to the producer to Kafka's ack, or giving up.",
            "slow: a broker's disk or an in-sync replica that lags",
            buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
        )
        self.produce_errors = declare.counter(
            "ugc_kafka_produce_errors_total",
            "Events without an ack, by reason; each was answered 503.",
            "deadline and not_connected: the brokers; too_many_waiting: they are away for long",
            ["reason"],
        )
        self.producers_replaced = declare.counter(
            "ugc_kafka_producers_replaced_total",
            "Producers given up after an error that none of their retries can heal.",
            "more than one a broker restart: read the error in the log",
        )
        declare.gauge(
            "ugc_producer_waiting_events",
            "Events handed to the producer and not yet acknowledged.",
            "at its limit new ones are refused with 503: the brokers are away",
        ).set_function(lambda: self.waiting)
        self.read_seconds = declare.histogram(
            "ugc_read_duration_seconds",
            "From a question to ClickHouse to its answer, or giving up, by query; a question for "
            "positions may be of many readers.",
            "slow: ClickHouse's own query log; all of them at once: its CPU, or the pool is full",
            ["query"],
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 3),
        )
        self.read_failures = declare.counter(
            "ugc_read_failures_total",
            "Questions without an answer, by reason; ClickHouse's were answered 503, one for "
            "positions to all its readers.",
            "unreachable, timeout, error: ClickHouse; busy: more reads than connections; kafka: "
            "reads go on without as_of",
            ["reason"],
        )
        # There from the start, at 0: a rate over them sees the first one.
        for reason in ("unreachable", "timeout", "busy", "error", "kafka"):
            self.read_failures.labels(reason)
        for reason in ("not_connected", "too_many_waiting", "deadline", "broker"):
            self.produce_errors.labels(reason)
        for _, codes in REFUSALS.values():
            for code in codes:
                self.refused.labels(code)
        for reason in ("missing", "not_bearer", "expired", "signature", "unknown_key"):
            self.auth_failures.labels(reason)
        for outcome in ("fetched", "timeout", "unreachable", "no_key_set", "error"):
            self.key_fetches.labels(outcome)
