"""What the API can be told from outside."""

from typing import Annotated, Literal

from msgspec import Meta, field

from configuration.kafka import Kafka

Port = Annotated[int, Meta(ge=1, le=65535)]
Algorithm = Literal["HS256", "HS384", "HS512", "RS256", "ES256", "EdDSA"]


class Settings(Kafka, frozen=True, kw_only=True):
    """One frozen object per process; the README's table is held against it."""

    host: Annotated[str, Meta(description="address that HTTP and metrics are served on")] = field(
        default="127.0.0.1", name="UGC_BIND_HOST"
    )
    port: Annotated[Port, Meta(description="HTTP port")] = field(default=8000, name="UGC_HTTP_PORT")
    processes: Annotated[
        int, Meta(ge=1, le=64, description="API processes that share the HTTP port")
    ] = field(default=1, name="UGC_API_PROCESSES")
    metrics_port: Annotated[Port, Meta(description="port of `/metrics`")] = field(
        default=9100, name="UGC_METRICS_PORT"
    )
    environment: Annotated[
        Literal["development", "test", "staging", "production"],
        Meta(description="in `production` there are no tokens of a shared secret (HS256)"),
    ] = field(default="development", name="UGC_ENVIRONMENT")
    log_level: Annotated[
        str, Meta(pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="least level logged")
    ] = field(default="INFO", name="UGC_LOG_LEVEL")
    topic: Annotated[str, Meta(description="the events' topic")] = field(
        default="views", name="KAFKA_TOPIC"
    )
    group: Annotated[
        str, Meta(description="consumer group of the workers; says how fresh reads are")
    ] = field(default="views", name="KAFKA_CONSUMER_GROUP_ID")
    producer_timeout_ms: Annotated[
        int, Meta(ge=100, le=30_000, description="how long a request waits for Kafka's ack")
    ] = field(default=4000, name="KAFKA_PRODUCER_TIMEOUT_MS")
    jwt_secret: Annotated[
        str, Meta(description="shared secret of HS256/384/512 tokens, at least 32 bytes")
    ] = field(default="", name="SECURITY_JWT_AUTH_SECRET_KEY")
    jwt_public_key: Annotated[
        str, Meta(description="PEM, or the path of one, for RS256, ES256 or EdDSA tokens")
    ] = field(default="", name="SECURITY_JWT_AUTH_PUBLIC_KEY")
    jwt_jwks_url: Annotated[
        str, Meta(description="address of the issuer's JWK set, instead of one public key; https")
    ] = field(default="", name="SECURITY_JWT_AUTH_JWKS_URL")
    jwt_algorithm: Annotated[
        Algorithm, Meta(description="the one algorithm of tokens; a token's header never chooses")
    ] = field(default="HS256", name="SECURITY_JWT_AUTH_ALGORITHM")
    jwt_issuer: Annotated[str, Meta(description="required `iss` of tokens; empty = any")] = field(
        default="", name="SECURITY_JWT_AUTH_ISSUER"
    )
    jwt_audience: Annotated[str, Meta(description="required `aud` of tokens; empty = any")] = field(
        default="", name="SECURITY_JWT_AUTH_AUDIENCE"
    )
    jwt_max_lifetime_s: Annotated[
        int, Meta(ge=60, description="tokens that live longer from now on are refused")
    ] = field(default=31 * 24 * 3600, name="SECURITY_JWT_AUTH_MAX_LIFETIME_S")
    allowed_hosts: Annotated[
        str, Meta(description="accepted `Host` names, comma separated; `*` = any")
    ] = field(default="*", name="SECURITY_ALLOWED_HOSTS")
    rate_per_user: Annotated[
        int,
        Meta(
            ge=0,
            description="events a second of one user, and as many reads, bursts of 4 s; 0 = any",
        ),
    ] = field(default=50, name="UGC_RATE_PER_USER")
    max_in_flight: Annotated[
        int, Meta(ge=1, description="requests answered at once; beyond, 503 without a wait")
    ] = field(default=1000, name="UGC_MAX_REQUESTS_IN_FLIGHT")
    cors_origins: Annotated[
        str,
        Meta(description="origins whose pages may call the API, comma separated; `*` = any"),
    ] = field(default="", name="UGC_CORS_ORIGINS")
    docs_username: Annotated[str, Meta(description="user of the API's documents")] = field(
        default="docs", name="SECURITY_BASIC_AUTH_USERNAME"
    )
    docs_password: Annotated[str, Meta(description="their password; empty = open to everybody")] = (
        field(default="", name="SECURITY_BASIC_AUTH_PASSWD")
    )
