"""Where Kafka is and who asks: the same variables for whoever writes or reads there."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as part
from functools import cached_property
from typing import Annotated, Literal

from msgspec import Meta, field

from configuration.clickhouse import ClickHouse


@dataclass(frozen=True)
class Brokers:
    """What a client of Kafka is given; of addresses alone it is in plaintext and nobody."""

    addresses: str
    security: Mapping[str, object] = part(default_factory=dict, repr=False)  # holds the password

    def client(self) -> dict[str, object]:
        """The arguments that all clients of aiokafka have in common."""
        return {"bootstrap_servers": self.addresses, **self.security}

    def __str__(self) -> str:
        return self.addresses


class Kafka(ClickHouse, frozen=True, kw_only=True, dict=True):
    """To be inherited by a process's settings. A Struct has one base: ClickHouse's come with it."""

    kafka_addresses: Annotated[str, Meta(description="Kafka brokers, comma separated")] = field(
        default="127.0.0.1:9092", name="KAFKA_BOOTSTRAP_SERVERS"
    )
    kafka_protocol: Annotated[
        Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"],
        Meta(
            description="`PLAINTEXT`, `SSL` (checks brokers' names), `SASL_PLAINTEXT` (says who we "
            "are) or `SASL_SSL`"
        ),
    ] = field(default="PLAINTEXT", name="KAFKA_SECURITY_PROTOCOL")
    kafka_mechanism: Annotated[
        Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"],
        Meta(description="how we say it: `PLAIN`, `SCRAM-SHA-256` or `SCRAM-SHA-512`"),
    ] = field(default="SCRAM-SHA-512", name="KAFKA_SASL_MECHANISM")
    kafka_username: Annotated[
        str, Meta(description="Kafka user, with the rights that `kafka/acls` gives")
    ] = field(default="", name="KAFKA_SASL_USERNAME")
    kafka_password: Annotated[str, Meta(description="its password")] = field(
        default="", name="KAFKA_SASL_PASSWORD"
    )
    kafka_cafile: Annotated[
        str,
        Meta(description="PEM file of who signs the brokers' certificates; empty = the system's"),
    ] = field(default="", name="KAFKA_SSL_CAFILE")

    def __post_init__(self) -> None:
        sasl, tls = self.kafka_protocol.startswith("SASL_"), self.kafka_protocol.endswith("SSL")
        for name, given in (
            ("KAFKA_SASL_USERNAME", self.kafka_username),
            ("KAFKA_SASL_PASSWORD", self.kafka_password),
        ):
            if sasl and not given:
                raise ValueError(f"{name} is missing: KAFKA_SECURITY_PROTOCOL is one with SASL")
            if given and not sasl:
                raise ValueError(f"{name} is set, and KAFKA_SECURITY_PROTOCOL is one without SASL")
        if self.kafka_cafile and not tls:
            raise ValueError("KAFKA_SSL_CAFILE is set, and KAFKA_SECURITY_PROTOCOL is without SSL")
        _ = self.brokers  # now, as a file that cannot be read is a mistake too

    def __repr__(self) -> str:
        """Without the values: some are secrets."""
        return f"{type(self).__name__}(...)"

    @cached_property
    def brokers(self) -> Brokers:
        security: dict[str, object] = {"security_protocol": self.kafka_protocol}
        if self.kafka_protocol.startswith("SASL_"):
            security |= {
                "sasl_mechanism": self.kafka_mechanism,
                "sasl_plain_username": self.kafka_username,
                "sasl_plain_password": self.kafka_password,
            }
        if self.kafka_protocol.endswith("SSL"):
            security["ssl_context"] = _tls(self.kafka_cafile)
        return Brokers(self.kafka_addresses, security)


def _tls(cafile: str) -> ssl.SSLContext:
    """Only for brokers that are who they say; raises ValueError."""
    try:
        return ssl.create_default_context(cafile=cafile or None)
    except (ssl.SSLError, ValueError):
        raise ValueError("KAFKA_SSL_CAFILE: no certificates in PEM") from None
    except OSError as error:
        raise ValueError(f"KAFKA_SSL_CAFILE: {error.strerror}") from None
