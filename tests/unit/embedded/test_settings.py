import pytest

from embedded.errors import CannotStart
from embedded.settings import Settings


def test_an_empty_variable_means_its_default() -> None:
    settings = Settings.from_environment({"UGC_HTTP_PORT": "", "UGC_BROKERS": "", "CH_URL": ""})
    assert (settings.http_port, settings.brokers, settings.external_clickhouse) == (8000, 1, "")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("UGC_HTTP_PORT", "http"),
        ("UGC_HTTP_PORT", "0"),
        ("UGC_METRICS_PORT", "65536"),
        ("UGC_API_PROCESSES", "-1"),
        ("UGC_BROKERS", "2"),
    ],
)
def test_a_wrong_number_is_named_with_its_variable(name: str, value: str) -> None:
    with pytest.raises(CannotStart, match=name):
        Settings.from_environment({name: value})


def test_three_brokers_take_every_second_port() -> None:
    settings = Settings.from_environment({"UGC_BROKERS": "3", "UGC_KAFKA_PORT": "7000"})
    assert settings.kafka_bootstrap == "127.0.0.1:7000,127.0.0.1:7002,127.0.0.1:7004"


def test_what_is_outside_replaces_the_own_address() -> None:
    settings = Settings.from_environment(
        {"KAFKA_BOOTSTRAP_SERVERS": "k:9092", "CH_URL": "http://ch:8123"}
    )
    assert settings.kafka_bootstrap == "k:9092"
    assert settings.clickhouse_url == "http://ch:8123"


def test_its_own_words_never_show_the_environment() -> None:
    assert "hush" not in repr(Settings.from_environment({"CH_PASSWORD": "hush"}))
