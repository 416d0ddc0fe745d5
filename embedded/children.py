"""What each child of the stack is: its command, its environment, how it is ready.

Every constructor gives a child that can be started alone; `n` counts from 0.
"""

import os
import signal
import sys
from functools import partial
from pathlib import Path

from embedded import nginx as front_door
from embedded import probes, token
from embedded.child import Child, Output, Recipe, Step, discard
from embedded.credentials import Credentials
from embedded.kafka import storage
from embedded.kafka.java import java
from embedded.settings import ROOT, Settings

NEEDS_A_PERSON = 5
"""The exit code of a worker that must not be started again before somebody has looked."""


def kafka(settings: Settings, n: int = 0, output: Output = discard) -> Child:
    """Broker `n`; one of three is ready only when another one is there too."""
    command = java(
        settings.environ,
        settings.kafka_libs,
        storage.temporary(settings),
        "kafka.Kafka",
        str(storage.configuration(settings, n)),
    )
    recipe = Recipe(
        name=f"kafka-{n + 1}" if settings.brokers > 1 else "kafka",
        command=command,
        environment={**settings.environ, "TZ": "UTC"},
        probe=partial(probes.broker, settings.broker_port(n), n + 1),
        prepare=partial(storage.prepare, settings, n),
        # the last of three has no quorum left to say goodbye to and would wait for it
        stop_within=5 if settings.brokers > 1 else 10,
        # a coordinator of groups will answer nobody (decision 0020)
        hopeless=("is out of sync with the underlying log", "because context is in FAILED state"),
    )
    return Child(recipe, output)


def clickhouse(settings: Settings, output: Output = discard) -> Child:
    passwords = Credentials.load_or_make(settings.data_dir).clickhouse_passwords
    recipe = Recipe(
        name="clickhouse",
        command=_python("embedded.clickhouse"),
        environment=_environment(
            settings,
            UGC_CLICKHOUSE_PORT=settings.clickhouse_port,
            UGC_METRICS_PORT=settings.clickhouse_metrics_port,
            UGC_CLICKHOUSE_PASSWORDS=",".join(f"{u}={p}" for u, p in passwords.items()),
        ),
        probe=partial(probes.http, settings.clickhouse_port, "/ping"),
    )
    return Child(recipe, output)


def topics(settings: Settings, output: Output = discard) -> Step:
    return Step(_run_to_end(settings, "topics"), output)


def migrate(settings: Settings, output: Output = discard) -> Step:
    return Step(_run_to_end(settings, "migrate"), output)


def etl(settings: Settings, n: int = 0, output: Output = discard) -> Child:
    """Worker `n`, under the fixed group identity `etl-<n + 1>`."""
    port = settings.etl_metrics_port(n)
    name = f"etl-{n + 1}"
    recipe = Recipe(
        name=name if n else "etl",
        command=_python("etl", "run"),
        environment=_environment(
            settings,
            **_addresses(settings, "etl_writer"),
            KAFKA_GROUP_INSTANCE_ID=settings.environ.get("KAFKA_GROUP_INSTANCE_ID") or name,
            UGC_METRICS_PORT=port,
        ),
        probe=partial(probes.http, port, "/readyz"),
        final_exit=NEEDS_A_PERSON,
        stop_within=35,  # 20 s for the insert in flight, 10 s to leave the brokers
    )
    return Child(recipe, output)


def api(settings: Settings, n: int = 0, output: Output = discard) -> Child:
    """Process `n`; all share the HTTP port, each has its own for metrics."""

    async def probe() -> str:
        # the shared port may be answered by another process, this one's metrics may not
        return await probes.http(settings.api_metrics_port(n), "/metrics") or await probes.http(
            settings.http_port, "/readyz"
        )

    environment = _environment(
        settings,
        **_addresses(settings, "api_reader"),
        UGC_HTTP_PORT=settings.http_port,
        UGC_METRICS_PORT=settings.api_metrics_port(n),
    )
    if not token.has_secret(settings.environ) and not token.has_issuer(settings.environ):
        environment[token.SECRET] = Credentials.load_or_make(settings.data_dir).jwt_secret
    recipe = Recipe(
        name=f"api-{n + 1}" if n else "api",
        command=_python("ugc_api"),
        environment=environment,
        probe=probe,
        stop_within=15,  # 6 s for the requests in flight, 6 s for the producer
    )
    return Child(recipe, output)


def nginx(settings: Settings, binary: Path, output: Output = discard) -> Child:
    """The front door. SIGHUP has it read its configuration again, as it is in the data folder."""
    folder = front_door.folder(settings)
    recipe = Recipe(
        name="nginx",
        command=front_door.command(binary, folder),
        environment={**settings.environ, "TZ": "UTC"},
        # itself, not the API behind it: that one's readiness is its own
        probe=partial(probes.http, settings.nginx_port, "/", 404),
        prepare=partial(front_door.prepare, binary, folder, front_door.values(settings)),
        stop_signal=signal.SIGQUIT,  # its workers finish what they began
        death_signal=signal.SIGTERM,  # and hold no port when the master is told to go
    )
    return Child(recipe, output)


def _run_to_end(settings: Settings, command: str) -> Recipe:
    return Recipe(
        name=command,
        command=_python("etl", command),
        environment=_environment(settings, **_addresses(settings, "migrator")),
        probe=_no_probe,
    )


async def _no_probe() -> str:
    return ""


def _addresses(settings: Settings, clickhouse_user: str) -> dict[str, object]:
    """Where Kafka and ClickHouse are; those outside keep the caller's users and sizes."""
    addresses: dict[str, object] = {
        "KAFKA_BOOTSTRAP_SERVERS": settings.kafka_bootstrap,
        "CH_URL": settings.clickhouse_url,
    }
    given = settings.environ
    if not settings.external_kafka:
        replicas = settings.brokers
        addresses["KAFKA_TOPIC_REPLICATION"] = given.get("KAFKA_TOPIC_REPLICATION") or replicas
        addresses["KAFKA_TOPIC_MIN_ISR"] = given.get("KAFKA_TOPIC_MIN_ISR") or replicas // 2 + 1
    if not settings.external_clickhouse:
        passwords = Credentials.load_or_make(settings.data_dir).clickhouse_passwords
        addresses["CH_USER"] = clickhouse_user
        addresses["CH_PASSWORD"] = passwords[clickhouse_user]
    return addresses


def _environment(settings: Settings, **ours: object) -> dict[str, str]:
    search = [str(ROOT), *filter(None, [settings.environ.get("PYTHONPATH")])]
    return {
        **settings.environ,
        "PYTHONPATH": os.pathsep.join(search),
        "PYTHONUNBUFFERED": "1",
        "TZ": "UTC",
        "UGC_DATA_DIR": str(settings.data_dir),
        **{name: str(value) for name, value in ours.items()},
    }


def _python(*module_and_arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", *module_and_arguments)
