"""Who may come in, where the server listens, and what status an error has."""

import pytest

from configuration import InvalidSettings, load
from embedded.clickhouse.errors import ServerError, status_of
from embedded.clickhouse.settings import Settings
from embedded.clickhouse.users import Users

USERS = Users({"default": "", "etl_writer": "w", "api_reader": "r"})


def test_default_comes_in_without_a_password_and_reads_exactly() -> None:
    user = USERS.authenticate("default", "")
    assert (user.readonly, user.final) == (False, True)


def test_a_writer_does_not_pay_for_final_and_a_reader_changes_nothing() -> None:
    assert not USERS.authenticate("etl_writer", "w").final
    assert USERS.authenticate("api_reader", "r").readonly


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("default", "x"),
        ("api_reader", ""),
        ("api_reader", "w"),
        ("analyst", ""),
        ("nobody", ""),
        ("api_reader", "\udcff"),
    ],
)
def test_anyone_else_is_turned_away(name: str, password: str) -> None:
    with pytest.raises(ServerError) as refused:
        USERS.authenticate(name, password)
    assert (refused.value.code, refused.value.status) == (516, 403)


def test_passwords_come_from_the_environment() -> None:
    settings = load(Settings, {"UGC_CLICKHOUSE_PASSWORDS": "etl_writer=a=b,api_reader=c"})
    assert settings.passwords == {"default": "", "etl_writer": "a=b", "api_reader": "c"}


def test_nobody_comes_in_without_a_password_where_other_machines_do() -> None:
    given = {"UGC_CLICKHOUSE_HOST": "0.0.0.0", "UGC_CLICKHOUSE_PASSWORDS": "analyst=a"}  # noqa: S104
    assert load(Settings, given).passwords == {"analyst": "a"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("UGC_CLICKHOUSE_HOST", "0.0.0.0"),  # noqa: S104
        ("UGC_CLICKHOUSE_HOST", "::"),
        ("UGC_CLICKHOUSE_PORT", "x"),
        ("UGC_CLICKHOUSE_PORT", "70000"),
        ("UGC_CLICKHOUSE_PASSWORDS", "root=x"),
        ("UGC_CLICKHOUSE_PASSWORDS", "default=x"),
        ("UGC_CLICKHOUSE_PASSWORDS", "api_reader"),
    ],
)
def test_settings_that_it_cannot_run_with_are_named(name: str, value: str) -> None:
    with pytest.raises(InvalidSettings, match=name):
        assert load(Settings, {name: value}).passwords


@pytest.mark.parametrize(
    ("code", "status"),
    [(62, 400), (516, 403), (497, 403), (60, 404), (115, 404), (159, 408), (48, 501), (164, 500)],
)
def test_the_status_is_the_one_a_clickhouse_server_gives(code: int, status: int) -> None:
    assert status_of(code) == status


def test_an_engine_error_keeps_its_first_code_and_loses_what_stands_before_it() -> None:
    error = ServerError.from_engine(
        "Streaming insert finish failed: Code: 27. DB::Exception: x: Code: 60. y"
    )
    assert error.code == 27
    assert error.text.startswith("Code: 27. DB::Exception")
