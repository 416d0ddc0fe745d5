"""The configuration of one broker, which is its own controller."""

from pathlib import Path

from embedded.settings import HOST, Settings


def properties(settings: Settings, n: int, log_dir: Path) -> str:
    """server.properties of broker `n` (from 0), keeping its data in `log_dir`.

    The quorum is named by addresses in this file, not by records in the log, so that the same
    folder can be started again on other ports.
    """
    port = settings.broker_port(n)
    majority = settings.brokers // 2 + 1
    voters = ",".join(
        f"{k + 1}@{HOST}:{settings.broker_port(k) + 1}" for k in range(settings.brokers)
    )
    values: dict[str, object] = {
        "process.roles": "broker,controller",
        "node.id": n + 1,
        "listeners": f"PLAINTEXT://{HOST}:{port},CONTROLLER://{HOST}:{port + 1}",
        "advertised.listeners": f"PLAINTEXT://{HOST}:{port}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "controller.listener.names": "CONTROLLER",
        "controller.quorum.voters": voters,
        "log.dirs": log_dir,
        "auto.create.topics.enable": "false",
        "min.insync.replicas": majority,
        "default.replication.factor": settings.brokers,
        # a consumer gets its partitions at once
        "group.initial.rebalance.delay.ms": 0,
        "offsets.topic.replication.factor": settings.brokers,
        "offsets.topic.num.partitions": 4,
        # The least there is: then the cleaner keeps it to what is new, and a broker that starts
        # has read it before its election is over, which it must (decision 0020).
        "offsets.topic.segment.bytes": 1024 * 1024,
        # after kill -9 the newest segment of each partition is read whole
        "log.segment.bytes": 16 * 1024 * 1024,
        # 14 days: a group's offsets must outlive the 7 days of its events
        "offsets.retention.minutes": 14 * 24 * 60,
        "transaction.state.log.replication.factor": settings.brokers,
        "transaction.state.log.min.isr": majority,
        "share.coordinator.state.topic.replication.factor": settings.brokers,
        "share.coordinator.state.topic.min.isr": majority,
        # after kill -9 the controller refuses the node until its old session has run out
        "broker.session.timeout.ms": 2000,
        "broker.heartbeat.interval.ms": 300,
        # the default of 128 MiB is taken from the heap at once
        "log.cleaner.dedupe.buffer.size": 4 * 1024 * 1024,
    }
    return "".join(f"{name}={value}\n" for name, value in values.items())
