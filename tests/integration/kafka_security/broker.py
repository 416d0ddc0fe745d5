"""A broker that asks who its clients are, by itself and over TLS, and allows what ACLs say."""

import dataclasses
import shlex
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from msgspec.structs import replace

from configuration import load
from configuration.kafka import Brokers
from embedded import children
from embedded.child import Child, run
from embedded.kafka import storage
from embedded.kafka.java import java
from embedded.settings import HOST, ROOT, Settings
from etl.settings import Settings as EtlSettings
from tests.integration.kafka_security.authority import NAME, sign

PASSWORDS = {user: f"{user}-hunter2" for user in ("broker", "api", "etl", "ui", "stranger")}
ACLS = "org.apache.kafka.tools.AclCommand"
TLS = 45  # its port, from the metrics port: nobody else's

_JAAS = """
KafkaServer {{
  org.apache.kafka.common.security.plain.PlainLoginModule required
  username="broker" password="{broker}"
  {users};
  org.apache.kafka.common.security.scram.ScramLoginModule required;
}};
"""
_CLIENT = """
security.protocol=SASL_PLAINTEXT
sasl.mechanism=PLAIN
sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required \
  username="broker" password="{broker}";
"""
_PROPERTIES = """
listeners=SASL://{host}:{port},TLS://{host}:{tls},CONTROLLER://{host}:{controller}
advertised.listeners=SASL://{host}:{port},TLS://{name}:{tls}
listener.security.protocol.map=SASL:SASL_PLAINTEXT,TLS:SASL_SSL,CONTROLLER:SASL_PLAINTEXT
inter.broker.listener.name=SASL
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512
sasl.mechanism.inter.broker.protocol=PLAIN
sasl.mechanism.controller.protocol=PLAIN
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:broker
listener.name.tls.ssl.keystore.type=PEM
listener.name.tls.ssl.keystore.location={store}
"""


class SecuredBroker:
    """Not started yet; users, their environments, and Kafka's own tools."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings, self._folder = settings, folder
        self.address = f"{HOST}:{settings.broker_port(0)}"
        self.tls_port = settings.metrics_port + TLS
        self.ca, self._store = sign(folder)
        self._client = folder / "client.properties"
        self._client.write_text(_CLIENT.format(**PASSWORDS))
        users = "\n  ".join(f'user_{user}="{said}"' for user, said in PASSWORDS.items())
        jaas = folder / "jaas.conf"
        jaas.write_text(_JAAS.format(users=users, **PASSWORDS))
        recipe = children.kafka(settings).recipe
        java, *arguments = recipe.command
        self.child = Child(
            dataclasses.replace(
                recipe,
                command=(java, f"-Djava.security.auth.login.config={jaas}", *arguments),
                prepare=self._prepare,
                probe=self._probe,
            )
        )

    def variables(self, user: str, **more: str) -> dict[str, str]:
        """What a service is told to be that user; `more` wins."""
        return {
            "KAFKA_BOOTSTRAP_SERVERS": self.address,
            "KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT",
            "KAFKA_SASL_MECHANISM": "PLAIN",
            "KAFKA_SASL_USERNAME": user,
            "KAFKA_SASL_PASSWORD": PASSWORDS[user],
            **more,
        }

    def brokers(self, user: str, **more: str) -> Brokers:
        return load(EtlSettings, self.variables(user, **more)).brokers

    def service(self, user: str, **more: str) -> Settings:
        """The stack's, for children that are to be that user."""
        variables = {**self.variables(user), "KAFKA_TOPIC_REPLICATION": "1", **more}
        return replace(
            self.settings,
            external_kafka=self.address,
            environ={**self.settings.environ, "KAFKA_TOPIC_MIN_ISR": "1", **variables},
        )

    async def give_rights(self, **more: str) -> tuple[int, str]:
        """By the script of the product, which finds Kafka's tool on the PATH."""
        tool = self._folder / "kafka-acls.sh"
        tool.write_text(f'#!/bin/sh\nexec {shlex.join(self._java(ACLS))} "$@"\n')
        tool.chmod(0o755)
        given = {
            "PATH": f"{self._folder}:/usr/bin:/bin",
            "KAFKA_BOOTSTRAP_SERVERS": self.address,
            "KAFKA_COMMAND_CONFIG": str(self._client),
            **more,
        }
        names = (f"{name}={value}" for name, value in given.items())
        return await run("env", "-i", *names, str(ROOT / "kafka" / "acls"))

    async def tool(self, name: str, *arguments: str) -> tuple[int, str]:
        """One of Kafka's own, as the super user."""
        asking = ("--bootstrap-server", self.address, "--command-config", str(self._client))
        return await run(*self._java(name), *asking, *arguments)

    def _java(self, name: str) -> tuple[str, ...]:
        settings = self.settings
        return java(settings.environ, settings.kafka_libs, storage.temporary(settings), name)

    async def _prepare(self) -> None:
        await children.kafka(self.settings).recipe.prepare()
        port = self.settings.broker_port(0)
        with storage.configuration(self.settings, 0).open("a") as file:
            file.write(  # of two lines with the same name the later one holds
                _PROPERTIES.format(
                    host=HOST,
                    port=port,
                    controller=port + 1,
                    tls=self.tls_port,
                    name=NAME,
                    store=self._store,
                )
            )

    async def _probe(self) -> str:
        try:
            async with administration(self.brokers("broker")):
                return ""
        except KafkaError as error:
            return str(error)


@asynccontextmanager
async def administration(brokers: Brokers) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(**brokers.client())
    try:
        await admin.start()
        yield admin
    finally:
        await admin.close()
