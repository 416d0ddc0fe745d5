"""Who is asking: a bearer token becomes a `Viewer`, or a reason why not.

One algorithm is configured; a token's header chooses neither it nor where keys come from, only
names one of ours.
"""

import hashlib
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import jwt
import msgspec

from ugc_api.access.keys import Key, Keys, UnknownKey
from ugc_api.settings import Settings

LEEWAY_S = 10
CACHE_S = 300
CACHE_SIZE = 50_000
MAX_TOKEN_BYTES = 8192
_CHOOSING_HEADERS = frozenset({"jwk", "jku", "x5c", "x5u", "crit"})
_TYPES = frozenset({None, "jwt", "at+jwt"})


class InvalidToken(Exception):
    """`reason` is for the metric and the log, never for the answer."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Viewer:
    """The subject of a verified token."""

    id: UUID
    roles: frozenset[str]

    @property
    def is_service(self) -> bool:
        """A program that may speak for other users."""
        return "service" in self.roles


class Tokens:
    """Verifies, and remembers a verdict for at most CACHE_S seconds and never beyond `exp`."""

    def __init__(
        self,
        settings: Settings,
        keys: Keys,
        now: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._keys = keys
        self._now = now
        self._monotonic = monotonic
        self._verdicts: dict[bytes, tuple[Viewer, float, float, Key]] = {}

    def viewer(self, authorization: bytes | None) -> Viewer:
        """Of an Authorization header's value. Raises InvalidToken, and UnknownKey when the key
        that it names is not there now."""
        if authorization is None:
            raise InvalidToken("missing")
        scheme, _, token = authorization.partition(b" ")
        if scheme.lower() != b"bearer" or not token:
            raise InvalidToken("not_bearer")
        if len(token) > MAX_TOKEN_BYTES:
            raise InvalidToken("too_long")
        digest = hashlib.sha256(token).digest()
        known = self._verdicts.get(digest)
        if known is not None:
            viewer, expires, forget_at, key = known
            # Both clocks: the wall's may be set back, and the verdict must die all the same.
            if self._now() < expires and self._monotonic() < forget_at and self._keys.holds(key):
                return viewer
            del self._verdicts[digest]
        viewer, expires, key = self._verify(token)
        if len(self._verdicts) >= CACHE_SIZE:
            del self._verdicts[next(iter(self._verdicts))]
        self._verdicts[digest] = (viewer, expires, self._monotonic() + CACHE_S, key)
        return viewer

    def _verify(self, token: bytes) -> tuple[Viewer, float, Key]:
        settings = self._settings
        try:
            header = jwt.get_unverified_header(token)
            if header.get("alg") != settings.jwt_algorithm:
                raise InvalidToken("invalid_algorithm")
            try:
                key = self._keys.named(header.get("kid"))
            except UnknownKey:
                raise UnknownKey(_issued_at(token)) from None
            decoded: dict[str, Any] = jwt.decode_complete(
                token,
                key.material,
                algorithms=[settings.jwt_algorithm],
                issuer=settings.jwt_issuer or None,
                audience=settings.jwt_audience or None,
                options={
                    "require": ["exp", "sub"],
                    # Below, by our clock and as numbers only: PyJWT takes text for a time.
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                    "verify_aud": bool(settings.jwt_audience),
                    "verify_iss": bool(settings.jwt_issuer),
                },
            )
        except jwt.InvalidSignatureError:
            raise InvalidToken("signature") from None
        except jwt.PyJWTError as error:
            raise InvalidToken(_snake(type(error).__name__)) from None
        except (ValueError, TypeError, OverflowError, RecursionError):
            # What JSON can hold and PyJWT does not expect: 1e400, a thousand brackets.
            raise InvalidToken("malformed") from None
        claims = decoded["payload"]
        if _CHOOSING_HEADERS & header.keys():
            raise InvalidToken("header")
        if _lowered(header.get("typ")) not in _TYPES:
            raise InvalidToken("type")
        if "refresh" in (_lowered(claims.get("type")), _lowered(claims.get("token_use"))):
            raise InvalidToken("refresh_token")
        expires = self._lifetime(claims)
        try:
            user_id = msgspec.convert(claims["sub"], UUID)
        except (msgspec.ValidationError, UnicodeEncodeError):
            raise InvalidToken("subject") from None
        roles = claims.get("roles")
        named = [role for role in roles if isinstance(role, str)] if isinstance(roles, list) else []
        return Viewer(user_id, frozenset(named)), expires, key

    def _lifetime(self, claims: dict[str, Any]) -> float:
        """`exp` of a token that is valid by now, and not for too long."""
        now, expires = self._now(), _seconds(claims["exp"])
        if expires <= now - LEEWAY_S:
            raise InvalidToken("expired")
        if expires - now > self._settings.jwt_max_lifetime_s:
            raise InvalidToken("lifetime")
        for name in ("nbf", "iat"):
            if name in claims and _seconds(claims[name]) > now + LEEWAY_S:
                raise InvalidToken("not_yet_valid")
        return expires


def _issued_at(token: bytes) -> float:
    """Unverified; 0 if it is not there."""
    claims = jwt.decode(token, options={"verify_signature": False})
    return _seconds(claims.get("iat", 0))


def _seconds(claim: object) -> float:
    """A time as RFC 7519 has it: a finite number, and no text. Python reads 1e400 and NaN too."""
    if isinstance(claim, bool) or not isinstance(claim, int | float):
        raise InvalidToken("malformed")
    try:
        seconds = float(claim)
    except OverflowError:
        raise InvalidToken("malformed") from None
    if not math.isfinite(seconds):
        raise InvalidToken("malformed")
    return seconds


def _lowered(claim: object) -> str | None:
    return None if claim is None else str(claim).lower()


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name.removesuffix("Error"))[1:]
