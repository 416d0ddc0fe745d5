"""A JWK set (RFC 7517) as an issuer publishes it, read into the keys that we may use."""

import hashlib
from typing import Any

import jwt
import msgspec

from ugc_api.access.keys import Key

MOST_KEYS = 100
"""More are not looked at."""


class NoKeySet(Exception):
    """Not a JWK set."""


def read(document: bytes, algorithm: str) -> dict[str | None, Key]:
    """By their names the keys that verify signatures of `algorithm`; others may stand beside them
    and are left out, as are weak ones and such as give their secret away. None is left, when an
    issuer has withdrawn all of them. Raises NoKeySet."""
    try:
        listed = msgspec.convert(msgspec.json.decode(document)["keys"], list[Any])[:MOST_KEYS]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, TypeError, KeyError):
        raise NoKeySet("not a JWK set") from None
    found: dict[str | None, Key] = {}
    for jwk in listed:
        material = _public_key(jwk, algorithm) if isinstance(jwk, dict) else None
        if material is not None:
            fingerprint = hashlib.sha256(msgspec.json.encode(jwk, order="sorted")).digest()
            found.setdefault(jwk.get("kid"), Key(fingerprint, material))
    return found


def _public_key(jwk: dict[str, Any], algorithm: str) -> Any:
    """None for a key that is not one of ours."""
    ours = (
        "d" not in jwk
        and jwk.get("alg", algorithm) == algorithm
        and jwk.get("use", "sig") == "sig"
        and jwk.get("key_ops", ["verify"]) == ["verify"]
        and isinstance(jwk.get("kid"), str | None)
    )
    if not ours:
        return None
    kind: Any = jwt.get_algorithm_by_name(algorithm)
    try:
        key = kind.prepare_key(kind.from_jwk(jwk))
    except (jwt.PyJWTError, ValueError, TypeError, KeyError):
        return None
    return None if kind.check_key_length(key) else key
