"""A bearer token that the stack of these settings accepts: `python -m embedded token`."""

import argparse
import sys
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt

from embedded.credentials import Credentials
from embedded.errors import CannotStart
from embedded.settings import Settings

LIFETIME = timedelta(hours=24)
SECRET = "SECURITY_JWT_AUTH_SECRET_KEY"  # noqa: S105 - the variable's name
# with one of these the tokens are somebody else's to make
KEYS_OF_AN_ISSUER = ("SECURITY_JWT_AUTH_PUBLIC_KEY", "SECURITY_JWT_AUTH_JWKS_URL")


def mint(
    settings: Settings,
    sub: uuid.UUID | None = None,
    roles: Sequence[str] = (),
    now: datetime | None = None,
) -> str:
    """An HS256 token, valid for 24 hours from `now`; CannotStart when no secret is known here."""
    environ = settings.environ
    claims: dict[str, object] = {
        "sub": str(sub or uuid.uuid4()),
        "exp": (now or datetime.now(UTC)) + LIFETIME,
    }
    if roles:
        claims["roles"] = list(roles)
    for claim, variable in (("iss", "ISSUER"), ("aud", "AUDIENCE")):
        if value := environ.get(f"SECURITY_JWT_AUTH_{variable}"):
            claims[claim] = value
    return jwt.encode(claims, _secret(settings), algorithm="HS256")


def has_issuer(environ: Mapping[str, str]) -> bool:
    """Whether the API is set to verify the tokens of an issuer by its public keys."""
    return any(environ.get(name) or environ.get(f"{name}_FILE") for name in KEYS_OF_AN_ISSUER)


def has_secret(environ: Mapping[str, str]) -> bool:
    return bool(environ.get(SECRET) or environ.get(f"{SECRET}_FILE"))


def command(arguments: Sequence[str], settings: Settings) -> int:
    parser = argparse.ArgumentParser(prog="python -m embedded token", description=__doc__)
    parser.add_argument("--sub", type=uuid.UUID, help="whose token (a UUID; default: a new one)")
    parser.add_argument("--role", action="append", default=[], help="may be repeated")
    chosen = parser.parse_args(arguments)
    sys.stdout.write(mint(settings, chosen.sub, chosen.role) + "\n")
    return 0


def _secret(settings: Settings) -> str:
    environ = settings.environ
    if has_issuer(environ):
        raise CannotStart("the API takes tokens of an issuer's key here: get one from that issuer")
    if secret := environ.get(SECRET):
        return secret
    if file := environ.get(f"{SECRET}_FILE"):
        return Path(file).read_text().strip()
    try:
        return Credentials.load(settings.data_dir).jwt_secret
    except FileNotFoundError:
        raise CannotStart(
            f"no secret to sign with: {SECRET} is not set and {settings.data_dir} "
            "holds none yet (`make run` makes it)"
        ) from None
