import json
from pathlib import Path

from embedded.credentials import CLICKHOUSE_USERS, Credentials


def test_they_are_made_once_for_their_owner_only(tmp_path: Path) -> None:
    made = Credentials.load_or_make(tmp_path / "data")
    assert Credentials.load_or_make(tmp_path / "data") == made
    files = list((tmp_path / "data").iterdir())
    assert [file.stat().st_mode & 0o777 for file in files] == [0o600]


def test_a_folder_that_knows_other_users_keeps_what_signs_tokens(tmp_path: Path) -> None:
    older = {"jwt_secret": "s" * 64, "clickhouse_passwords": {"writer": "w"}}
    (tmp_path / "credentials.json").write_text(json.dumps(older))
    made = Credentials.load_or_make(tmp_path)
    assert made.jwt_secret == "s" * 64
    assert set(made.clickhouse_passwords) == set(CLICKHOUSE_USERS)
    assert Credentials.load_or_make(tmp_path) == made


def test_no_two_are_alike(tmp_path: Path) -> None:
    one, other = Credentials(), Credentials()
    values = [*one.clickhouse_passwords.values(), *other.clickhouse_passwords.values()]
    assert len({*values, one.jwt_secret, other.jwt_secret}) == len(values) + 2


def test_a_log_line_does_not_tell_them(tmp_path: Path) -> None:
    made = Credentials()
    assert made.jwt_secret not in repr(made)
    assert made.clickhouse_passwords["etl_writer"] not in repr(made)
