"""Keys that do not fit the algorithm are refused when the API starts, without showing them."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from configuration import InvalidSettings
from tests.unit.ugc_api.bearer import SECRET, key_of, pem_of, settings
from ugc_api.access.configured import ConfiguredKey
from ugc_api.settings import Settings

SECRET_NAME = "SECURITY_JWT_AUTH_SECRET_KEY"
KEY_NAME = "SECURITY_JWT_AUTH_PUBLIC_KEY"


def refusal(settings: Settings) -> str:
    with pytest.raises(InvalidSettings) as caught:
        ConfiguredKey(settings)
    text = str(caught.value)
    for value in (settings.jwt_secret, settings.jwt_public_key):
        assert not value or value not in text
    return text


@pytest.mark.parametrize(("algorithm", "least"), [("HS256", 32), ("HS384", 48), ("HS512", 64)])
def test_a_secret_is_at_least_as_long_as_its_digest(algorithm: str, least: int) -> None:
    text = refusal(settings(algorithm, "x" * (least - 1)))
    assert text == f"{SECRET_NAME} must have at least {least} bytes for {algorithm}"
    ConfiguredKey(settings(algorithm, "x" * least))


def test_its_length_is_counted_in_bytes() -> None:
    ConfiguredKey(settings("HS256", "é" * 16))


def test_without_a_secret_nothing_starts() -> None:
    assert refusal(Settings()).startswith(SECRET_NAME)


def test_a_public_key_is_no_secret() -> None:
    assert refusal(settings("HS256", pem_of(key_of("RS256")))).startswith(SECRET_NAME)


@pytest.mark.parametrize("algorithm", ["HS256", "RS256"])
def test_only_one_kind_of_key_is_set(algorithm: str) -> None:
    pem = pem_of(key_of("RS256"))
    both = Settings(jwt_algorithm=algorithm, jwt_secret=SECRET, jwt_public_key=pem)  # type: ignore[arg-type]
    assert "is set, but" in refusal(both)


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_a_public_key_is_needed(algorithm: str) -> None:
    assert refusal(settings(algorithm, "")) == f"{KEY_NAME} is not set, and {algorithm} needs it"


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
@pytest.mark.parametrize("other", ["RS256", "ES256", "EdDSA"])
def test_it_is_of_the_algorithms_kind(algorithm: str, other: str) -> None:
    configured = settings(algorithm, pem_of(key_of(other)))
    if algorithm == other:
        ConfiguredKey(configured)
    else:
        assert KEY_NAME in refusal(configured)


def test_another_curve_is_refused() -> None:
    assert KEY_NAME in refusal(settings("ES256", pem_of(ec.generate_private_key(ec.SECP384R1()))))


def test_a_short_rsa_key_is_refused() -> None:
    weak = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 - that is the point
    assert "1024 bits" in refusal(settings("RS256", pem_of(weak)))


def test_a_private_key_is_refused() -> None:
    private = key_of("ES256").private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    assert KEY_NAME in refusal(settings("ES256", private.decode()))


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"-----BEGIN PUBLIC KEY-----\nno\n", b"x"])
def test_a_file_without_a_key_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(content)
    assert KEY_NAME in refusal(settings("RS256", str(tmp_path / "key")))


@pytest.mark.parametrize("text", ["no/such/file.pem", "/", "MIIBIjANBgkqhkiG9w0" * 40])
def test_what_is_neither_a_key_nor_a_readable_path_is_refused(text: str) -> None:
    assert refusal(settings("RS256", text)).startswith(KEY_NAME)
