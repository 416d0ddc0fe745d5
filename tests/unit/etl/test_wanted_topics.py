"""The topics' settings that the promise needs, spelt out."""

from configuration import load
from etl.settings import Settings
from etl.topics import wanted

DAY_MS = 86_400_000


def test_topics_keep_events_on_two_replicas_at_least_for_a_week() -> None:
    views, letters = wanted(load(Settings, {}))
    common = {
        "min.insync.replicas": "2",
        "message.timestamp.type": "LogAppendTime",
        "unclean.leader.election.enable": "false",
        "cleanup.policy": "delete",
    }
    assert (views.name, views.partitions, views.replication) == ("views", 6, 3)
    assert views.config == {
        **common,
        "retention.ms": str(7 * DAY_MS),
        "max.message.bytes": "1048588",  # more than a batch of the API
    }
    assert (letters.name, letters.replication) == ("views.dead-letters", 3)
    assert letters.config == {
        **common,
        "retention.ms": str(30 * DAY_MS),
        "max.message.bytes": "2097152",
    }
