"""Children with another environment, and proxies put between them and what they use."""

import dataclasses
from typing import Literal

from embedded.child import Child
from embedded.kafka import storage
from embedded.settings import HOST, Settings
from embedded.stack import Stack
from tests.chaos.proxy.proxy import Proxy

PROXIED = 45  # the port of a broker's second listener, from the metrics port: nobody else's


def changed(child: Child, **environment: str) -> Child:
    """The same child, not started, with more in its environment."""
    recipe = child.recipe
    return Child(
        dataclasses.replace(recipe, environment={**recipe.environment, **environment}),
    )


def behind(
    stack: Stack,
    *,
    clickhouse: Proxy | None = None,
    kafka: Proxy | None = None,
    user: Literal["etl", "api"] = "etl",
) -> Stack:
    """`user` reaches ClickHouse and the one broker through these."""
    settings, through = stack.settings, dict[str, str]()
    if clickhouse is not None:
        clickhouse.upstream = settings.clickhouse_port
        through["CH_URL"] = f"http://{HOST}:{clickhouse.port}"
    if kafka is not None:
        (broker,) = stack.kafka
        kafka.upstream = settings.metrics_port + PROXIED
        stack = dataclasses.replace(stack, kafka=(_with_listener(broker, settings, kafka),))
        through["KAFKA_BOOTSTRAP_SERVERS"] = f"{HOST}:{kafka.port}"
    if user == "api":
        return dataclasses.replace(stack, api=_all(stack.api, through))
    return dataclasses.replace(stack, etl=_all(stack.etl, through))


def _all(group: tuple[Child, ...], environment: dict[str, str]) -> tuple[Child, ...]:
    return tuple(changed(child, **environment) for child in group)


def _with_listener(broker: Child, settings: Settings, proxy: Proxy) -> Child:
    """The broker with a second listener, whose clients are told to come to the proxy."""
    prepare, file = broker.recipe.prepare, storage.configuration(settings, 0)

    async def prepare_both() -> None:
        await prepare()
        lines = []
        for line in file.read_text().splitlines():
            name, _, value = line.partition("=")
            value += {
                "listeners": f",PROXIED://{HOST}:{proxy.upstream}",
                "advertised.listeners": f",PROXIED://{HOST}:{proxy.port}",
                "listener.security.protocol.map": ",PROXIED:PLAINTEXT",
            }.get(name, "")
            lines.append(f"{name}={value}\n")
        file.write_text("".join(lines))

    return Child(dataclasses.replace(broker.recipe, prepare=prepare_both))
