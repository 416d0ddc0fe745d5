"""A Kafka that asks who they are: what each service may, what not, and what is said of it."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext
from uuid import UUID, uuid4

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import NewTopic
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    KafkaConnectionError,
    TopicAuthorizationFailedError,
    for_code,
)
from msgspec.structs import replace

from client_gaps import tell_why_away
from configuration.kafka import Brokers
from embedded import children
from embedded.child import Child
from embedded.settings import HOST, Settings
from tests.analyst import Analyst
from tests.integration.kafka_security.broker import ACLS, PASSWORDS, SecuredBroker, administration
from tests.integration.pipeline.commands import etl
from tests.integration.reads.reader import is_after, reader
from tests.waiting import until

WRONG = "wrong-hunter2"


async def test_the_rights_of_the_services_suffice(broker: SecuredBroker) -> None:
    analyst, operator = Analyst(broker.settings), broker.service("etl")
    async with reader(broker.settings) as viewer:
        event = await viewer.report(uuid4())
        await until(lambda: analyst.stored(UUID(event["event_id"])))
        status = await viewer.status(event["event_id"], receipt=event["receipt"])
    assert status["status"] == "stored"
    assert is_after(status["as_of"], event["event_time"])

    async with AIOKafkaProducer(**broker.brokers("broker").client()) as somebody:
        letter = await somebody.send_and_wait("views", b"{", partition=0)

    async def buried() -> bool:
        code, listed = await etl(operator, "dead-letters", "list")
        assert code == 0, listed
        return f"{letter.partition}-{letter.offset}" in listed

    await until(buried)
    asked = ("topics",), ("status",), ("audit",), ("rewind", "--to", "earliest")
    told = await asyncio.gather(*(etl(operator, *arguments) for arguments in asked))
    assert [code for code, _ in told] == [0] * 4, told
    code, said = await etl(operator, "dead-letters", "purge", "--before", "0s", "--yes")
    assert (code, said[:17]) == (0, "deleted 1 letters")


async def fetch(user: Brokers, topic: str) -> None:
    consumer = AIOKafkaConsumer(auto_offset_reset="earliest", **user.client())
    consumer.assign([TopicPartition(topic, 0)])
    await _one(consumer)


async def join(user: Brokers, group: str) -> None:
    await _one(AIOKafkaConsumer("views", group_id=group, **user.client()))


async def _one(consumer: AIOKafkaConsumer) -> None:
    try:
        await consumer.start()
        await consumer.getone()
    finally:
        await consumer.stop()


async def write(user: Brokers, topic: str) -> None:
    async with AIOKafkaProducer(**user.client()) as producer:
        await producer.send_and_wait(topic, b"{", partition=0)


async def create(user: Brokers, topic: str) -> None:
    async with administration(user) as admin:
        answer = await admin.create_topics([NewTopic(topic, 1, 1)])
    ((_, code, *_),) = answer.topic_errors
    raise for_code(code)


async def delete(user: Brokers, topic: str) -> None:
    async with administration(user) as admin:
        answer = await admin.delete_topics([topic])
    ((_, code, *_),) = answer.topic_error_codes
    raise for_code(code)


@pytest.mark.parametrize(
    ("user", "attempt", "what", "error"),
    [
        ("api", fetch, "views", TopicAuthorizationFailedError),
        ("api", join, "views", GroupAuthorizationFailedError),
        ("api", write, "views.dead-letters", TopicAuthorizationFailedError),
        ("api", create, "views-2", TopicAuthorizationFailedError),
        ("api", delete, "views", TopicAuthorizationFailedError),
        ("etl", join, "views-2", GroupAuthorizationFailedError),
        ("etl", write, "views", TopicAuthorizationFailedError),
        ("etl", create, "views-2", TopicAuthorizationFailedError),
        ("etl", delete, "views", TopicAuthorizationFailedError),
    ],
)
async def test_a_service_may_nothing_else(
    broker: SecuredBroker,
    user: str,
    attempt: Callable[[Brokers, str], Awaitable[None]],
    what: str,
    error: type[Exception],
) -> None:
    with pytest.raises(error):
        async with asyncio.timeout(10):
            await attempt(broker.brokers(user), what)


@asynccontextmanager
async def another(
    kind: Callable[..., Child], settings: Settings
) -> AsyncIterator[tuple[Child, list[str]]]:
    """One more process, started, and what it says, which never is a password."""
    said: list[str] = []
    child = kind(settings, 1, lambda _, line: said.append(line))
    await child.start()
    try:
        yield child, said
    finally:
        await child.stop()
    assert "hunter2" not in "\n".join(said)


def found(said: list[str], *words: str) -> bool:
    return any(all(word in line for word in words) for line in said)


def elsewhere(settings: Settings) -> Settings:
    """The HTTP port of a second API."""
    return replace(settings, http_port=settings.metrics_port + 40)


async def post(settings: Settings) -> httpx.Response:
    async with reader(settings) as viewer:
        return await viewer.http.post(
            f"/api/v1/progresses/films/{uuid4()}", json={"progress": 1, "total": 2}
        )


async def missing(settings: Settings) -> object:
    async with httpx.AsyncClient() as http:
        answer = await http.get(f"{settings.api_url}/readyz")
    assert answer.status_code == 503
    return answer.json()["missing"]


@pytest.mark.parametrize(
    ("user", "password", "reason"),
    [
        ("api", WRONG, "SaslAuthenticationFailed"),
        ("stranger", PASSWORDS["stranger"], "ClusterAuthorizationFailed"),
    ],
)
async def test_an_api_that_is_not_let_in_says_that_kafka_is_missing_and_why(
    broker: SecuredBroker, user: str, password: str, reason: str
) -> None:
    more = {"KAFKA_SASL_PASSWORD": password, "KAFKA_PRODUCER_TIMEOUT_MS": "200"}
    settings = elsewhere(broker.service(user, **more))
    async with another(children.api, settings) as (api, said):
        await until(lambda: found(said, "Kafka is away", reason))
        assert await missing(settings) == ["kafka"]
        assert (await post(settings)).json()["code"] == "not_acknowledged"
        assert api.alive


async def test_an_api_that_may_not_write_answers_503_and_says_why(broker: SecuredBroker) -> None:
    settings = elsewhere(broker.service("etl"))
    async with another(children.api, settings) as (api, said):
        await api.ready()
        answer = await post(settings)
        assert (answer.status_code, answer.json()["code"]) == (503, "not_acknowledged")
        await until(lambda: found(said, '"ERROR"', "TopicAuthorizationFailedError: views"))


async def test_a_worker_with_a_wrong_password_waits_until_it_is_the_right_one(
    broker: SecuredBroker,
) -> None:
    settings = broker.service(
        "etl", KAFKA_SASL_MECHANISM="SCRAM-SHA-512", KAFKA_SASL_PASSWORD=WRONG
    )
    async with another(children.etl, settings) as (worker, said):
        await until(lambda: found(said, "will try again", "SaslAuthenticationFailed"))
        (code, told), (changed, error) = await asyncio.gather(
            etl(settings, "status"),
            broker.tool(
                "kafka.admin.ConfigCommand",
                *("--alter", "--entity-type", "users", "--entity-name", "etl"),
                *("--add-config", f"SCRAM-SHA-512=[password={WRONG}]"),
            ),
        )
        assert changed == 0, error
        assert (code, "SaslAuthenticationFailed" in told) == (1, True)
        await until(lambda: found(said, "went through"))
        assert worker.alive


async def test_a_worker_without_a_right_stops_and_names_who_gives_it(broker: SecuredBroker) -> None:
    settings = broker.service("etl", KAFKA_CONSUMER_GROUP_ID="views-2")
    async with another(children.etl, settings) as (worker, said):
        assert await asyncio.wait_for(worker.wait(), 20) == 1
        assert found(said, "worker stopped", "GroupAuthorizationFailedError: views-2", "kafka/acls")


@pytest.mark.parametrize(
    ("host", "more", "reason"),
    [
        ("localhost", {}, None),
        ("localhost", {"KAFKA_SSL_CAFILE": ""}, "certificate verify failed"),
        (HOST, {}, "certificate is not valid for '127.0.0.1'"),
    ],
    ids=["known", "signed by nobody we know", "another name"],
)
async def test_only_a_broker_that_is_who_it_says_is_told_the_password(
    broker: SecuredBroker, host: str, more: dict[str, str], reason: str | None
) -> None:
    variables = {
        "KAFKA_BOOTSTRAP_SERVERS": f"{host}:{broker.tls_port}",
        "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
        "KAFKA_SSL_CAFILE": str(broker.ca),
        **more,
    }
    tell_why_away()
    with nullcontext() if reason is None else pytest.raises(KafkaConnectionError, match=reason):
        async with administration(broker.brokers("api", **variables)) as admin:
            assert await admin.list_topics() == ["views"]


async def test_the_rights_can_be_given_again_and_to_one_who_looks_on(broker: SecuredBroker) -> None:
    code, said = await broker.give_rights(KAFKA_UI_USER="ui")
    assert code == 0, said
    code, said = await broker.tool(ACLS, "--list")
    given: dict[str, set[str]] = {}
    for block in re.split("Current ACLs for resource", said)[1:]:
        ((kind, name),) = re.findall(r"resourceType=(\w+), name=([^,]*)", block)
        for user, operation in re.findall(r"User:(\w+), host=\*, operation=(\w+)", block):
            given.setdefault(f"{user} {kind} {name}", set()).add(operation)
    looks_on = {"READ", "DESCRIBE", "DESCRIBE_CONFIGS"}
    creates = {"READ", "CREATE", "DESCRIBE_CONFIGS"}
    assert given == {
        "api TOPIC views": {"WRITE"},
        "api GROUP views": {"DESCRIBE"},
        "etl TOPIC views": creates,
        "etl TOPIC views.dead-letters": creates | {"WRITE", "DELETE"},
        "etl GROUP views": {"READ"},
        "ui TOPIC views": looks_on,
        "ui TOPIC views.dead-letters": looks_on,
        "ui GROUP views": looks_on - {"READ"},
        "ui CLUSTER kafka-cluster": looks_on - {"READ"},
    }
    await write(broker.brokers("broker"), "views")
    await fetch(broker.brokers("ui"), "views")
    with pytest.raises(TopicAuthorizationFailedError):
        await write(broker.brokers("ui"), "views")
