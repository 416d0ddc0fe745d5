"""Settings are typed, may come from files, and an error names the variable and hides its value."""

import re
from pathlib import Path
from typing import Annotated, Literal

import pytest
from msgspec import Meta, Struct, field
from msgspec.structs import fields

from configuration import InvalidSettings, load
from ugc_api.settings import Settings as ApiSettings

HIDDEN = "hunter2-`'\"$.-never-shown"


class Example(Struct, frozen=True, kw_only=True):
    port: Annotated[int, Meta(ge=1, le=65535)] = field(default=8000, name="EXAMPLE_PORT")
    ratio: Annotated[float, Meta(gt=0)] = field(default=0.5, name="EXAMPLE_RATIO")
    on: bool = field(default=False, name="EXAMPLE_ON")
    kind: Literal["a", "b"] = field(default="a", name="EXAMPLE_KIND")
    level: Annotated[str, Meta(pattern="^[A-Z]+$")] = field(default="INFO", name="EXAMPLE_LEVEL")
    secret: Annotated[str, Meta(min_length=4)] = field(default="none", name="EXAMPLE_SECRET")


class Needy(Struct, frozen=True, kw_only=True):
    url: str = field(name="EXAMPLE_URL")


def refusal(**environment: str) -> str:
    with pytest.raises(InvalidSettings) as caught:
        load(Example, environment)
    return str(caught.value)


def test_without_variables_the_defaults_stand() -> None:
    assert load(Example, {}) == Example()


def test_variables_become_what_their_types_say() -> None:
    environment = {
        "EXAMPLE_PORT": "443",
        "EXAMPLE_RATIO": "0.25",
        "EXAMPLE_ON": "true",
        "EXAMPLE_KIND": "b",
        "EXAMPLE_LEVEL": "DEBUG",
        "EXAMPLE_SECRET": "12345",
        "OTHER": "x",
    }
    assert load(Example, environment) == Example(
        port=443, ratio=0.25, on=True, kind="b", level="DEBUG", secret="12345"
    )


def test_an_empty_variable_counts_as_unset() -> None:
    assert load(Example, {"EXAMPLE_PORT": "", "EXAMPLE_KIND": ""}) == Example()


@pytest.mark.parametrize("text", ["null", "true", "1e3", "  spaces  ", "é", "{}"])
def test_a_text_stays_the_text_it_is(text: str) -> None:
    assert load(Needy, {"EXAMPLE_URL": text}).url == text


def test_what_has_no_default_must_be_set() -> None:
    with pytest.raises(InvalidSettings, match="EXAMPLE_URL"):
        load(Needy, {})


@pytest.mark.parametrize("value", [HIDDEN, "0", "65536", "-1", "1.5", "1e400", "9" * 5000])
def test_a_wrong_number_is_named_and_hidden(value: str) -> None:
    text = refusal(EXAMPLE_PORT=value)
    assert "`EXAMPLE_PORT`" in text
    assert len(value) < 4 or value not in text


@pytest.mark.parametrize("name", [name.encode_name for name in fields(Example)][:-1])
def test_a_wrong_value_is_named_and_hidden(name: str) -> None:
    text = refusal(**{name: HIDDEN})
    assert f"`{name}`" in text
    assert "hunter2" not in text
    assert "never" not in text


def test_a_short_secret_is_hidden() -> None:
    text = refusal(EXAMPLE_SECRET="#zq")
    assert "`EXAMPLE_SECRET`" in text
    assert "#zq" not in text


def test_the_cause_does_not_show_it_either() -> None:
    with pytest.raises(InvalidSettings) as caught:
        load(Example, {"EXAMPLE_KIND": HIDDEN})
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_a_value_may_be_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(" s3cr3t\n")
    (tmp_path / "port").write_text("443\n")
    loaded = load(
        Example,
        {
            "EXAMPLE_SECRET_FILE": str(tmp_path / "secret"),
            "EXAMPLE_PORT_FILE": str(tmp_path / "port"),
        },
    )
    assert (loaded.secret, loaded.port) == ("s3cr3t", 443)


def test_a_wrong_value_in_a_file_is_hidden_too(tmp_path: Path) -> None:
    (tmp_path / "kind").write_text(HIDDEN)
    text = refusal(EXAMPLE_KIND_FILE=str(tmp_path / "kind"))
    assert "`EXAMPLE_KIND`" in text
    assert "hunter2" not in text


def test_a_variable_and_its_file_are_not_both_set(tmp_path: Path) -> None:
    text = refusal(EXAMPLE_SECRET="12345", EXAMPLE_SECRET_FILE=str(tmp_path))
    assert text == "EXAMPLE_SECRET and EXAMPLE_SECRET_FILE are both set"


@pytest.mark.parametrize("path", ["no-such-file-hunter2", "hunter2" * 100], ids=["absent", "long"])
def test_an_unreadable_file_is_named_by_its_variable(path: str, tmp_path: Path) -> None:
    text = refusal(EXAMPLE_SECRET_FILE=str(tmp_path / path))
    assert text.startswith("EXAMPLE_SECRET_FILE: ")
    assert "hunter2" not in text


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert refusal(EXAMPLE_SECRET_FILE=str(tmp_path)).startswith("EXAMPLE_SECRET_FILE: ")


def test_a_file_of_other_bytes_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"\xff\xfe\x00")
    assert refusal(EXAMPLE_SECRET_FILE=str(tmp_path / "secret")).startswith("EXAMPLE_SECRET_FILE: ")


def test_every_setting_of_the_api_has_a_variable_and_a_description() -> None:
    for setting in fields(ApiSettings):
        assert re.fullmatch("(UGC|KAFKA|CH|SECURITY)_[A-Z_]+", setting.encode_name)
        described = str(setting.type)
        assert "description=" in described, setting.name


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("UGC_HTTP_PORT", "0"),
        ("UGC_API_PROCESSES", "65"),
        ("UGC_LOG_LEVEL", "verbose"),
        ("KAFKA_PRODUCER_TIMEOUT_MS", "99"),
        ("SECURITY_JWT_AUTH_ALGORITHM", "none"),
        ("SECURITY_JWT_AUTH_ALGORITHM", "hs256"),
        ("SECURITY_JWT_AUTH_MAX_LIFETIME_S", "59"),
        ("UGC_RATE_PER_USER", "-1"),
    ],
)
def test_the_api_refuses_what_it_cannot_run_with(name: str, value: str) -> None:
    with pytest.raises(InvalidSettings, match=name):
        load(ApiSettings, {name: value})
