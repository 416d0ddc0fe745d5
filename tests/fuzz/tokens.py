"""Authorization headers: those the API must take, and those it must refuse, each for one reason."""

import json
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

import jwt

from tests.unit.ugc_api.bearer import encoded, signed

Claims = dict[str, object]


@dataclass(frozen=True)
class Viewer:
    """Who asks, by a valid token."""

    id: UUID
    roles: tuple[str, ...] = ()

    @property
    def is_service(self) -> bool:
        return "service" in self.roles


def claims_of(viewer: Viewer) -> Claims:
    """Of a token that is good for an hour from now."""
    roles: Claims = {"roles": list(viewer.roles)} if viewer.roles else {}
    return {"sub": str(viewer.id), "exp": time.time() + 3600, **roles}


def valid(rng: random.Random, viewer: Viewer, secret: str) -> str:
    """An Authorization header that lets `viewer` in, in one of the forms that do."""
    scheme = rng.choice(["Bearer", "bearer", "BEARER"])
    header = {"alg": "HS256", **rng.choice([{}, {"typ": "JWT"}, {"typ": "at+jwt"}])}
    now = time.time()
    more: Claims = rng.choice([{}, {"iat": now}, {"nbf": now - 5}, {"aud": "anybody"}])
    return f"{scheme} {signed({**claims_of(viewer), **more}, header, secret)}"


def broken(rng: random.Random, viewer: Viewer, secret: str) -> tuple[str, str | None]:
    """What is wrong with it, and an Authorization header that must be refused; None = no header."""
    name = rng.choice(sorted(_BROKEN))
    return name, _BROKEN[name](rng, claims_of(viewer), secret)


Breaking = Callable[[random.Random, Claims, str], str | None]


def _claims(**changed: object) -> Breaking:
    """A token with other claims, rightly signed; `...` leaves one out."""

    def header(_: random.Random, claims: Claims, secret: str) -> str:
        merged = {**claims, **changed}
        return f"Bearer {signed({n: c for n, c in merged.items() if c is not ...}, None, secret)}"

    return header


def _later(claim: str, seconds: float) -> Breaking:
    return lambda rng, claims, secret: _claims(**{claim: time.time() + seconds})(
        rng, claims, secret
    )


def _header(**header: object) -> Breaking:
    return lambda _, claims, secret: f"Bearer {signed(claims, header, secret)}"


def _mutated(rng: random.Random, claims: Claims, secret: str) -> str:
    """Another character in payload or signature; not the last, of which some bits say nothing."""
    token = signed(claims, None, secret)
    at = rng.randrange(token.index(".") + 1, len(token) - 1)
    other = rng.choice([c for c in "abcXYZ019-_" if c != token[at]])
    return f"Bearer {token[:at]}{other if token[at] != '.' else ''}{token[at + 1 :]}"


def _cut(rng: random.Random, claims: Claims, secret: str) -> str:
    token = signed(claims, None, secret)
    return f"Bearer {token[: rng.randrange(len(token) - 2)]}"


def _none(_: random.Random, claims: Claims, secret: str) -> str:
    parts = [encoded(json.dumps(part).encode()) for part in ({"alg": "none"}, claims)]
    return f"Bearer {'.'.join(parts)}."


_BROKEN: Mapping[str, Breaking] = {
    "missing": lambda *_: None,
    "empty": lambda *_: "",
    "not bearer": lambda _, claims, secret: f"Basic {signed(claims, None, secret)}",
    "no token": lambda *_: "Bearer ",
    "no JWT": lambda rng, *_: f"Bearer {rng.randbytes(12).hex()}",
    "mutated": _mutated,
    "cut": _cut,
    "alg none": _none,
    "another algorithm": lambda _, claims, secret: (
        f"Bearer {jwt.encode(claims, secret, algorithm='HS384')}"
    ),
    "another secret": lambda _, claims, secret: f"Bearer {signed(claims, None, secret[::-1])}",
    "key in the header": _header(alg="HS256", jku="https://example.org/keys"),
    "another type": _header(alg="HS256", typ="dpop+jwt"),
    "expired": _later("exp", -60),
    "lives too long": _later("exp", 40 * 86400),
    "not yet valid": _later("nbf", 600),
    "exp is text": _claims(exp="tomorrow"),
    "without exp": _claims(exp=...),
    "without sub": _claims(sub=...),
    "sub is no UUID": _claims(sub="me"),
    "refresh token": _claims(type="refresh"),
}
