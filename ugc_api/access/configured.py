"""The one key of the settings: a shared secret, or a public key as PEM.

A key that is too weak, of another algorithm, or one of two is refused before anything is served.
"""

from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from configuration import InvalidSettings
from ugc_api.access.keys import Key
from ugc_api.settings import Settings


class ConfiguredKey:
    """Whatever a token calls it."""

    def __init__(self, settings: Settings) -> None:
        """Raises InvalidSettings, without the key in its text."""
        self._key = Key(b"", _verification_key(settings))

    def named(self, kid: str | None) -> Key:
        return self._key

    def holds(self, key: Key) -> bool:
        return True

    async def ask_again(self, issued_at: float) -> bool:
        return True

    def missing(self) -> list[str]:
        return []


def _verification_key(settings: Settings) -> Any:
    name = settings.jwt_algorithm
    if name.startswith("HS"):
        if settings.environment == "production":
            raise InvalidSettings(
                f"SECURITY_JWT_AUTH_ALGORITHM is {name}, which is not for production: who can "
                "verify such a token can make one"
            )
        if settings.jwt_public_key:
            raise InvalidSettings(f"SECURITY_JWT_AUTH_PUBLIC_KEY is set, but {name} takes a secret")
        return _secret(settings.jwt_secret, name)
    if settings.jwt_secret:
        raise InvalidSettings(f"SECURITY_JWT_AUTH_SECRET_KEY is set, but {name} takes a public key")
    if not settings.jwt_public_key:
        raise InvalidSettings(f"SECURITY_JWT_AUTH_PUBLIC_KEY is not set, and {name} needs it")
    return _public_key(settings.jwt_public_key, name)


def _secret(secret: str, algorithm: str) -> str:
    variable = "SECURITY_JWT_AUTH_SECRET_KEY"
    least = int(algorithm.removeprefix("HS")) // 8  # bytes of the digest, RFC 7518 section 3.2
    if not secret:
        raise InvalidSettings(
            f"{variable} is not set, and {algorithm} needs it (an issuer's keys instead: "
            "SECURITY_JWT_AUTH_JWKS_URL or _PUBLIC_KEY, and SECURITY_JWT_AUTH_ALGORITHM)"
        )
    if len(secret.encode()) < least:
        raise InvalidSettings(f"{variable} must have at least {least} bytes for {algorithm}")
    try:
        jwt.get_algorithm_by_name(algorithm).prepare_key(secret)
    except jwt.InvalidKeyError:
        raise InvalidSettings(f"{variable} is a key of another algorithm") from None
    return secret


def _public_key(pem_or_path: str, algorithm: str) -> Any:
    variable = "SECURITY_JWT_AUTH_PUBLIC_KEY"
    kind = jwt.get_algorithm_by_name(algorithm)
    try:
        is_pem = pem_or_path.startswith("-----")
        pem = pem_or_path if is_pem else Path(pem_or_path).read_text(encoding="ascii")
        key = kind.prepare_key(load_pem_public_key(pem.encode()))
    except OSError as error:
        # Without the path: it may be a key that was pasted without its first line.
        raise InvalidSettings(f"{variable}: {error.strerror}") from None
    except (ValueError, TypeError, jwt.PyJWTError) as error:
        raise InvalidSettings(f"{variable} is no public key for {algorithm}: {error}") from None
    weakness = kind.check_key_length(key)
    if weakness:
        raise InvalidSettings(f"{variable}: {weakness}")
    return key
