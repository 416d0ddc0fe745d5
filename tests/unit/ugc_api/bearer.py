"""Tokens as clients, and attackers, make them; and a clock that is set, not waited for."""

import base64
import functools
import hmac
import json
from collections.abc import Mapping
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ugc_api.access.configured import ConfiguredKey
from ugc_api.access.tokens import Tokens
from ugc_api.settings import Settings

SECRET = "a secret of sixty-four bytes, enough for the longest digest here"
VIEWER = UUID("0b7e3f62-6f0c-4a2e-9f3c-5d1f2f5f9a01")
NOW = 1_790_000_000.0
"""A wall clock's reading, 2026-09-21."""

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


class Clock:
    """The wall's and the monotonic clock, moved together unless one is set alone."""

    def __init__(self) -> None:
        self.wall = NOW
        self.steady = 5.0

    def now(self) -> float:
        return self.wall

    def monotonic(self) -> float:
        return self.steady

    def pass_(self, seconds: float) -> None:
        self.wall += seconds
        self.steady += seconds


def settings(algorithm: str = "HS256", key: str = SECRET, **more: object) -> Settings:
    """Settings with the one key that `algorithm` takes."""
    field = "jwt_secret" if algorithm.startswith("HS") else "jwt_public_key"
    return Settings(**{"jwt_algorithm": algorithm, field: key, **more})  # type: ignore[arg-type]


def claims(**more: object) -> dict[str, object]:
    """A viewer's, of a token that ends an hour after NOW; a claim given as `...` is left out."""
    given = {"sub": str(VIEWER), "exp": NOW + 3600, **more}
    return {name: claim for name, claim in given.items() if claim is not ...}


def signed(
    payload: Mapping[str, object] | str | None = None,
    header: Mapping[str, object] | str | None = None,
    secret: str = SECRET,
    digest: str = "sha256",
) -> str:
    """A token with a right HMAC over whatever text or object header and payload are."""
    head = {"alg": "HS256", "typ": "JWT"} if header is None else header
    body = claims() if payload is None else payload
    signing_input = f"{_part(head)}.{_part(body)}"
    mac = hmac.new(secret.encode(), signing_input.encode(), digest).digest()
    return f"{signing_input}.{encoded(mac)}"


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _part(value: Mapping[str, object] | str) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return encoded(text.encode(errors="surrogateescape"))  # so that a test may write any byte


@functools.cache
def key_of(algorithm: str) -> PrivateKey:
    """Made once a run: an RSA key takes a tenth of a second."""
    if algorithm == "RS256":
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    if algorithm == "ES256":
        return ec.generate_private_key(ec.SECP256R1())
    return ed25519.Ed25519PrivateKey.generate()


def pem_of(key: PrivateKey) -> str:
    public = key.public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def issued(
    algorithm: str, key: PrivateKey | None = None, kid: str | None = None, **more: object
) -> str:
    """A token of an issuer with a private key, which has a name or not."""
    header = {"kid": kid} if kid is not None else None
    return jwt.encode(claims(**more), key or key_of(algorithm), algorithm, header)


def tokens_of(configured: Settings, clock: Clock | None = None) -> Tokens:
    """Verified with the one key of the settings."""
    set_ = clock or Clock()
    return Tokens(configured, ConfiguredKey(configured), set_.now, set_.monotonic)
