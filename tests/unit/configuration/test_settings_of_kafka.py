"""How to get in to Kafka: contradictions are refused by name, and the password is never shown."""

import subprocess
import sys
from pathlib import Path
from ssl import CERT_REQUIRED, SSLContext

import pytest

from configuration import InvalidSettings, load
from configuration.kafka import Brokers
from embedded.settings import ROOT
from etl.settings import Settings as EtlSettings
from ugc_api.settings import Settings as ApiSettings

HIDDEN = "hunter2-never-shown"
WHO = {"KAFKA_SASL_USERNAME": "api", "KAFKA_SASL_PASSWORD": HIDDEN}
SASL = {"KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT", **WHO}


def brokers(environment: dict[str, str]) -> Brokers:
    return load(ApiSettings, environment).brokers


def test_by_default_it_is_plaintext_and_nobody() -> None:
    assert brokers({"KAFKA_BOOTSTRAP_SERVERS": "a:1,b:2"}).client() == {
        "bootstrap_servers": "a:1,b:2",
        "security_protocol": "PLAINTEXT",
    }


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
def test_a_client_is_told_who_it_is(mechanism: str) -> None:
    assert brokers({**SASL, "KAFKA_SASL_MECHANISM": mechanism}).client() == {
        "bootstrap_servers": "127.0.0.1:9092",
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": mechanism,
        "sasl_plain_username": "api",
        "sasl_plain_password": HIDDEN,
    }


def test_a_password_is_salted_unless_told_otherwise() -> None:
    assert brokers(SASL).client()["sasl_mechanism"] == "SCRAM-SHA-512"


def test_a_password_may_be_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "password").write_text(f"{HIDDEN}\n")
    given = {**SASL, "KAFKA_SASL_PASSWORD": ""}
    given["KAFKA_SASL_PASSWORD_FILE"] = str(tmp_path / "password")
    assert brokers(given).client()["sasl_plain_password"] == HIDDEN


@pytest.mark.parametrize("more", [{}, {**WHO, "KAFKA_SECURITY_PROTOCOL": "SASL_SSL"}])
def test_tls_holds_certificates_and_names_of_brokers(more: dict[str, str]) -> None:
    context = brokers({"KAFKA_SECURITY_PROTOCOL": "SSL", **more}).client()["ssl_context"]
    assert isinstance(context, SSLContext)
    assert context.check_hostname
    assert context.verify_mode == CERT_REQUIRED


@pytest.mark.parametrize("kind", [ApiSettings, EtlSettings])
@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({**SASL, "KAFKA_SASL_USERNAME": ""}, "KAFKA_SASL_USERNAME"),
        ({**SASL, "KAFKA_SASL_PASSWORD": ""}, "KAFKA_SASL_PASSWORD"),
        ({"KAFKA_SASL_USERNAME": HIDDEN}, "KAFKA_SASL_USERNAME"),
        ({"KAFKA_SASL_PASSWORD": HIDDEN}, "KAFKA_SASL_PASSWORD"),
        ({**WHO, "KAFKA_SECURITY_PROTOCOL": "SSL"}, "KAFKA_SASL_USERNAME"),
        ({"KAFKA_SSL_CAFILE": HIDDEN}, "KAFKA_SSL_CAFILE"),
        ({**SASL, "KAFKA_SSL_CAFILE": HIDDEN}, "KAFKA_SSL_CAFILE"),
        ({"KAFKA_SECURITY_PROTOCOL": "SSL", "KAFKA_SSL_CAFILE": HIDDEN}, "KAFKA_SSL_CAFILE"),
        ({"KAFKA_SECURITY_PROTOCOL": "SSL", "KAFKA_SSL_CAFILE": "/"}, "KAFKA_SSL_CAFILE"),
        ({"KAFKA_SECURITY_PROTOCOL": "SSL", "KAFKA_SSL_CAFILE": __file__}, "KAFKA_SSL_CAFILE"),
        ({"KAFKA_SECURITY_PROTOCOL": "SSL", "KAFKA_SSL_CAFILE": "a\0b"}, "KAFKA_SSL_CAFILE"),
        ({**SASL, "KAFKA_SECURITY_PROTOCOL": HIDDEN}, "KAFKA_SECURITY_PROTOCOL"),
        ({**SASL, "KAFKA_SASL_MECHANISM": HIDDEN}, "KAFKA_SASL_MECHANISM"),
    ],
)
def test_a_contradiction_is_named_without_a_value(
    environment: dict[str, str], named: str, kind: type[ApiSettings | EtlSettings]
) -> None:
    with pytest.raises(InvalidSettings, match=named) as caught:
        load(kind, environment)
    assert "hunter2" not in str(caught.value)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("command", [["ugc_api"], ["etl", "run"]])
def test_a_check_says_so(command: list[str]) -> None:
    given = {"KAFKA_SASL_PASSWORD": HIDDEN, "SECURITY_JWT_AUTH_SECRET_KEY": "x" * 32}
    done = subprocess.run(
        [sys.executable, "-m", *command, "--check"], cwd=ROOT, env=given, capture_output=True
    )
    assert done.returncode == 1
    assert b"KAFKA_SASL_PASSWORD" in done.stderr
    assert b"hunter2" not in done.stderr + done.stdout


@pytest.mark.parametrize("kind", [ApiSettings, EtlSettings])
def test_the_password_is_in_no_representation(kind: type[ApiSettings | EtlSettings]) -> None:
    settings = load(kind, SASL)
    for shown in (repr(settings), str(settings), repr(settings.brokers), str(settings.brokers)):
        assert "hunter2" not in shown
