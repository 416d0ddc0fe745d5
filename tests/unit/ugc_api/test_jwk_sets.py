"""Which keys of an issuer's published set are used, and what is no set at all."""

import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tests.unit.ugc_api.bearer import PrivateKey, key_of
from ugc_api.access import jwks
from ugc_api.access.jwks import NoKeySet, read


def jwk_of(algorithm: str, key: PrivateKey | None = None, **more: object) -> dict[str, Any]:
    """The public key as an issuer publishes it; a member given as `...` is left out."""
    public = (key or key_of(algorithm)).public_key()
    kind: Any = jwt.get_algorithm_by_name(algorithm)
    published = {**kind.to_jwk(public, as_dict=True), "key_ops": ..., "kid": "one", "use": "sig"}
    members = {**published, **more}
    return {name: value for name, value in members.items() if value is not ...}


def set_of(*jwks: object) -> bytes:
    return json.dumps({"keys": list(jwks)}).encode()


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_the_keys_of_our_algorithm_are_found_by_name(algorithm: str) -> None:
    every = [jwk_of(name, kid=name) for name in ("RS256", "ES256", "EdDSA")]
    assert list(read(set_of(*every), algorithm)) == [algorithm]


@pytest.mark.parametrize(
    "more",
    [
        {"use": ...},
        {"alg": "RS256"},
        {"key_ops": ["verify"]},
        {"x5t": "abc", "iat": 7},
    ],
    ids=str,
)
def test_a_key_may_say_more_or_less_of_itself(more: dict[str, Any]) -> None:
    assert list(read(set_of(jwk_of("RS256", **more)), "RS256")) == ["one"]


def test_a_key_without_a_name_has_none() -> None:
    assert list(read(set_of(jwk_of("RS256", kid=...)), "RS256")) == [None]


def test_of_two_with_one_name_the_first_counts() -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    first, second = jwk_of("RS256"), jwk_of("RS256", other)
    assert read(set_of(first, second), "RS256") == read(set_of(first), "RS256")


WEAK = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505
UNUSABLE = {
    "another algorithm": jwk_of("RS256", alg="RS512"),
    "for encryption": jwk_of("RS256", use="enc"),
    "for signing": jwk_of("RS256", key_ops=["sign"]),
    "another kind": jwk_of("ES256"),
    "a private key": {**jwk_of("RS256"), "d": "AQAB"},
    "a shared secret": {"kty": "oct", "k": "c2VjcmV0", "kid": "one"},
    "a weak key": jwk_of("RS256", WEAK),
    "a name that is no text": jwk_of("RS256", kid=7),
    "without a modulus": jwk_of("RS256", n=...),
    "a modulus that is none": jwk_of("RS256", n="!"),
    "no object": "one",
}


@pytest.mark.parametrize("what", UNUSABLE)
def test_unusable_keys_are_left_out(what: str) -> None:
    good = jwk_of("RS256", kid="good")
    assert list(read(set_of(UNUSABLE[what], good), "RS256")) == ["good"]
    assert read(set_of(UNUSABLE[what]), "RS256") == {}


def test_another_curve_is_left_out() -> None:
    other: Any = ec.generate_private_key(ec.SECP384R1())
    kind: Any = jwt.get_algorithm_by_name("ES384")
    assert read(set_of(kind.to_jwk(other.public_key(), as_dict=True)), "ES256") == {}


NO_SET = [b"", b"\xff", b"[]", b"{}", b'{"keys":7}', b'{"keys":{}}', b'{"keys":""}', b"<html>"]
DEEP = [b"[" * 100_000, b'{"keys":[' * 2000]


@pytest.mark.parametrize("document", [*NO_SET, *DEEP])
def test_what_is_no_set_is_none(document: bytes) -> None:
    with pytest.raises(NoKeySet):
        read(document, "RS256")


def test_only_so_many_keys_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jwks, "MOST_KEYS", 2)
    named = [jwk_of("RS256", kid=str(n)) for n in range(3)]
    assert list(read(set_of(*named), "RS256")) == ["0", "1"]


def test_a_key_under_the_same_name_is_told_from_the_one_before() -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    before, after = (read(set_of(jwk_of("RS256", key)), "RS256")["one"] for key in (None, other))
    assert before.fingerprint != after.fingerprint
    again = read(set_of(dict(reversed(jwk_of("RS256").items()))), "RS256")["one"]
    assert again.fingerprint == before.fingerprint
