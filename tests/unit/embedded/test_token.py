import uuid
from datetime import UTC, datetime
from pathlib import Path

import jwt
import pytest

from embedded import token
from embedded.credentials import Credentials
from embedded.errors import CannotStart
from embedded.settings import Settings

SECRET = "a secret of at least thirty-two bytes"


def settings(data_dir: Path, **environ: str) -> Settings:
    return Settings(data_dir, environ=environ)


def claims(text: str, secret: str = SECRET) -> dict[str, object]:
    return dict(jwt.decode(text, secret, algorithms=["HS256"], options={"verify_aud": False}))


def test_it_names_a_viewer_and_lasts_a_day(tmp_path: Path) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    made = claims(token.mint(settings(tmp_path, SECURITY_JWT_AUTH_SECRET_KEY=SECRET), now=now))
    assert made.keys() == {"sub", "exp"}
    assert uuid.UUID(str(made["sub"])).version == 4
    assert made["exp"] == now.timestamp() + 24 * 3600


def test_the_secret_may_be_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(SECRET + "\n")
    name = str(tmp_path / "secret")
    assert claims(token.mint(settings(tmp_path, SECURITY_JWT_AUTH_SECRET_KEY_FILE=name)))


def test_without_a_given_secret_the_made_one_signs(tmp_path: Path) -> None:
    made = Credentials.load_or_make(tmp_path)
    assert claims(token.mint(settings(tmp_path)), made.jwt_secret)


def test_a_given_secret_wins_over_the_made_one(tmp_path: Path) -> None:
    Credentials.load_or_make(tmp_path)
    assert claims(token.mint(settings(tmp_path, SECURITY_JWT_AUTH_SECRET_KEY=SECRET)))


def test_without_any_secret_the_error_names_the_variable(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="SECURITY_JWT_AUTH_SECRET_KEY is not set"):
        token.mint(settings(tmp_path))


def test_with_an_issuers_key_no_token_is_invented(tmp_path: Path) -> None:
    Credentials.load_or_make(tmp_path)
    with pytest.raises(CannotStart, match="issuer"):
        token.mint(settings(tmp_path, SECURITY_JWT_AUTH_JWKS_URL="https://id.example/keys"))


def test_issuer_and_audience_that_the_api_wants_are_in_it(tmp_path: Path) -> None:
    made = claims(
        token.mint(
            settings(
                tmp_path,
                SECURITY_JWT_AUTH_SECRET_KEY=SECRET,
                SECURITY_JWT_AUTH_ISSUER="us",
                SECURITY_JWT_AUTH_AUDIENCE="ugc",
            )
        )
    )
    assert (made["iss"], made["aud"]) == ("us", "ugc")


def test_the_command_prints_the_token_as_its_last_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    viewer = uuid.uuid4()
    arguments = ["--sub", str(viewer), "--role", "analyst", "--role", "service"]
    token.command(arguments, settings(tmp_path, SECURITY_JWT_AUTH_SECRET_KEY=SECRET))
    made = claims(capsys.readouterr().out.splitlines()[-1])
    assert (made["sub"], made["roles"]) == (str(viewer), ["analyst", "service"])
