"""The two topics: made when absent, and held against what they must be when present."""

from collections.abc import Mapping
from dataclasses import dataclass

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import for_code

from etl.dead_letters import MAX_LETTER_BYTES
from etl.settings import Settings

_DAY_MS = 24 * 60 * 60 * 1000
_AT_LEAST = frozenset({"retention.ms", "max.message.bytes", "min.insync.replicas"})


class TopicsDiffer(Exception):
    """A topic exists with other settings than the promise needs; the text lists them."""


@dataclass(frozen=True)
class Topic:
    name: str
    partitions: int
    replication: int
    config: Mapping[str, str]


def wanted(settings: Settings) -> list[Topic]:
    common = {
        "min.insync.replicas": str(settings.min_isr),
        # By the broker's clock: a host whose clock is off must not make records expire or bounce.
        "message.timestamp.type": "LogAppendTime",
        "unclean.leader.election.enable": "false",
        "cleanup.policy": "delete",
    }
    views = {
        **common,
        "retention.ms": str(7 * _DAY_MS),
        # Kafka's default, spelt out: the API fills batches of 900 KiB.
        "max.message.bytes": "1048588",
    }
    letters = {
        **common,
        "retention.ms": str(30 * _DAY_MS),
        "max.message.bytes": str(MAX_LETTER_BYTES),
    }
    shape = (settings.partitions, settings.replication)
    return [
        Topic(settings.topic, *shape, views),
        Topic(settings.dead_letter_topic, *shape, letters),
    ]


async def ensure(admin: AIOKafkaAdminClient, topics: list[Topic]) -> list[str]:
    """Create what is missing and check the rest; returns the names created.

    Raises TopicsDiffer, naming every difference, and KafkaError.
    """
    present = set(await admin.list_topics())
    missing = [topic for topic in topics if topic.name not in present]
    if missing:
        answer = await admin.create_topics(
            [
                NewTopic(one.name, one.partitions, one.replication, topic_configs=dict(one.config))
                for one in missing
            ]
        )
        for name, code, *detail in answer.topic_errors:
            if code:
                raise for_code(code)(f"{name}: {detail[0] if detail else ''}")
    differences = [
        line
        for topic in topics
        if topic.name in present
        for line in await _differences(admin, topic)
    ]
    if differences:
        raise TopicsDiffer("\n".join(differences))
    return [topic.name for topic in missing]


async def _differences(admin: AIOKafkaAdminClient, topic: Topic) -> list[str]:
    (found,) = await admin.describe_topics([topic.name])
    lines = []
    partitions = found["partitions"]
    if len(partitions) < topic.partitions:
        lines.append(f"{topic.name}: {len(partitions)} partitions, wanted {topic.partitions}")
    replication = min(len(partition["replicas"]) for partition in partitions)
    if replication < topic.replication:
        lines.append(f"{topic.name}: replication {replication}, wanted {topic.replication}")
    (answer,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic.name)])
    config = {name: value for name, value, *_ in answer.resources[0][4]}
    lines += [
        f"{topic.name}: {name} is {config.get(name)}, wanted {value}"
        for name, value in topic.config.items()
        if not _enough(name, config.get(name, ""), value)
    ]
    return lines


def _enough(name: str, found: str, wanted: str) -> bool:
    if name in _AT_LEAST:
        return found == "-1" or int(found) >= int(wanted)  # -1: without a limit
    return found == wanted
