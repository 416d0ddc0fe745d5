"""Where keys may come from: one fixed https address, and plain http on this machine alone."""

import pytest

from configuration import InvalidSettings
from tests.unit.ugc_api.bearer import SECRET, key_of, pem_of
from ugc_api.access.issuer import Issuer
from ugc_api.app import keys_of
from ugc_api.metrics import Metrics
from ugc_api.settings import Settings

NAME = "SECURITY_JWT_AUTH_JWKS_URL"


def configured(url: str, **more: object) -> object:
    given = {"jwt_jwks_url": url, "jwt_algorithm": "RS256", **more}
    return keys_of(Settings(**given), Metrics())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "url",
    [
        "https://auth.example/keys",
        "https://auth.example:8443/a?b=c",
        "http://127.0.0.1:8000/keys",
        "http://127.9.9.9/keys",
        "http://[::1]:8000/keys",
        "http://localhost/keys",
    ],
)
def test_these_are_asked(url: str) -> None:
    assert isinstance(configured(url), Issuer)


@pytest.mark.parametrize(
    "url",
    [
        "http://auth.example/keys",
        "http://127.0.0.1.evil.example/keys",
        "http://localhost.evil.example/keys",
        "http://10.0.0.1/keys",
        "http://169.254.169.254/latest",
        "http://0.0.0.0/keys",
        "http://[::ffff:10.0.0.1]/keys",
        "http://2130706433/keys",
        "https://user:password@auth.example/keys",
        "https://localhost@evil.example/keys",
        "https:///keys",
        "https://auth.example:port/keys",
        "https://[::1/keys",
        "file:///etc/passwd",
        "ftp://auth.example/keys",
        "auth.example/keys",
    ],
)
def test_these_are_refused_before_anything_is_served(url: str) -> None:
    with pytest.raises(InvalidSettings, match=NAME) as caught:
        configured(url)
    assert "password" not in str(caught.value)


@pytest.mark.parametrize("key", [{"jwt_secret": SECRET}, {"jwt_public_key": "a PEM"}], ids=str)
def test_there_is_no_key_beside_an_issuer(key: dict[str, str]) -> None:
    with pytest.raises(InvalidSettings, match="a key beside it"):
        configured("https://auth.example/keys", **key)


def test_a_shared_secret_has_no_issuer() -> None:
    with pytest.raises(InvalidSettings, match="ALGORITHM is HS256, which takes a secret"):
        configured("https://auth.example/keys", jwt_algorithm="HS256")


def test_in_production_nobody_shares_a_secret() -> None:
    shared = Settings(jwt_secret=SECRET, environment="production")
    with pytest.raises(InvalidSettings, match="not for production"):
        keys_of(shared, Metrics())
    pem = pem_of(key_of("RS256"))
    keys_of(
        Settings(jwt_algorithm="RS256", jwt_public_key=pem, environment="production"), Metrics()
    )
    keys_of(Settings(jwt_secret=SECRET, environment="staging"), Metrics())
