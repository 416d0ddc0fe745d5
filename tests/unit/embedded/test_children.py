from pathlib import Path

import pytest

from embedded import children
from embedded.credentials import Credentials
from embedded.kafka.properties import properties
from embedded.settings import Settings


def settings(data_dir: Path, **environ: str) -> Settings:
    return Settings.from_environment({"UGC_DATA_DIR": str(data_dir), **environ})


def test_each_works_under_its_own_clickhouse_user(tmp_path: Path) -> None:
    place = settings(tmp_path)
    passwords = Credentials.load_or_make(tmp_path).clickhouse_passwords
    for child, user in [
        (children.etl(place), "etl_writer"),
        (children.migrate(place), "migrator"),
        (children.api(place), "api_reader"),
    ]:
        environment = child.recipe.environment
        assert environment["CH_USER"] == user
        assert environment["CH_PASSWORD"] == passwords[user]
        assert environment["CH_URL"] == "http://127.0.0.1:8123"
    given = children.clickhouse(place).recipe.environment["UGC_CLICKHOUSE_PASSWORDS"]
    assert dict(pair.split("=") for pair in given.split(",")) == passwords


def test_each_has_metrics_of_its_own(tmp_path: Path) -> None:
    place = settings(tmp_path, UGC_API_PROCESSES="3", UGC_METRICS_PORT="9100")
    ports = [
        child.recipe.environment["UGC_METRICS_PORT"]
        for child in [
            children.api(place, 0),
            children.api(place, 1),
            children.api(place, 2),
            children.etl(place),
            children.clickhouse(place),
        ]
    ]
    assert ports == ["9100", "9111", "9112", "9101", "9102"]


@pytest.mark.parametrize(("brokers", "in_sync"), [("1", "1"), ("3", "2")])
def test_topics_are_as_safe_as_the_number_of_brokers_allows(
    tmp_path: Path, brokers: str, in_sync: str
) -> None:
    place = settings(tmp_path, UGC_BROKERS=brokers)
    environment = children.topics(place).recipe.environment
    assert environment["KAFKA_TOPIC_REPLICATION"] == brokers
    assert environment["KAFKA_TOPIC_MIN_ISR"] == in_sync
    written = properties(place, 0, tmp_path).splitlines()
    assert f"offsets.topic.replication.factor={brokers}" in written
    assert f"min.insync.replicas={in_sync}" in written


def test_a_worker_keeps_its_group_identity(tmp_path: Path) -> None:
    names = [
        children.etl(settings(tmp_path), n).recipe.environment["KAFKA_GROUP_INSTANCE_ID"]
        for n in (0, 1)
    ]
    assert names == ["etl-1", "etl-2"]


def test_the_callers_environment_reaches_them_and_its_secret_wins(tmp_path: Path) -> None:
    place = settings(tmp_path, SECURITY_JWT_AUTH_SECRET_KEY="theirs", UGC_RATE_PER_USER="7")
    environment = children.api(place).recipe.environment
    assert environment["SECURITY_JWT_AUTH_SECRET_KEY"] == "theirs"
    assert environment["UGC_RATE_PER_USER"] == "7"


def test_with_an_issuers_key_the_api_gets_no_secret(tmp_path: Path) -> None:
    place = settings(tmp_path, SECURITY_JWT_AUTH_PUBLIC_KEY="key.pem")
    assert "SECURITY_JWT_AUTH_SECRET_KEY" not in children.api(place).recipe.environment


def test_stores_outside_keep_the_callers_users_and_sizes(tmp_path: Path) -> None:
    place = settings(
        tmp_path, CH_URL="http://ch:8123", CH_USER="me", KAFKA_BOOTSTRAP_SERVERS="k:9092"
    )
    environment = children.etl(place).recipe.environment
    assert environment["CH_USER"] == "me"
    assert environment["KAFKA_BOOTSTRAP_SERVERS"] == "k:9092"
    assert not environment.keys() & {"CH_INSERT_TABLE", "CH_PASSWORD", "KAFKA_TOPIC_REPLICATION"}


def test_a_broker_listens_on_loopback_only(tmp_path: Path) -> None:
    listeners = dict(
        line.split("=", 1) for line in properties(settings(tmp_path), 0, tmp_path).splitlines()
    )["listeners"]
    assert listeners == "PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093"
